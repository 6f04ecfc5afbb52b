import { Text, Textarea } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useMutation } from "urql";
import { TextSkeleton } from "../ui/states.tsx";
import { formatNumber, plural } from "../ui/values.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { SuppressBox } from "./anonymize-dialog.tsx";
import { type Act, type PlanInput, PlanMutation } from "./queries.ts";
import { refusals } from "./refused.ts";
import { ACTS } from "./words.ts";

/** Whom it is about: named customers, or all that the list is asked for. */
export type Whom = Pick<PlanInput, "ids" | "where" | "search">;

interface BulkDialogProps {
  act: Act;
  whom: Whom;
  onClose: () => void;
}

/** Makes a plan for many; nothing is written before that is applied on its page. */
export function BulkDialog({ act, whom: wanted, onClose }: BulkDialogProps) {
  // The list may be drawn anew meanwhile; whom it is about was said when the dialog was opened.
  const [whom] = useState(wanted);
  const navigate = useNavigate();
  const { verb, done } = ACTS[act];
  const [reason, setReason] = useState("");
  const [suppress, setSuppress] = useState(false);
  const [{ data, error, fetching }, plan] = useMutation(PlanMutation);
  const submit = async () => {
    const input = { ...whom, act, reason: reason.trim() || null, suppress: act === "ANONYMIZE" && suppress };
    const { data: answer } = await plan({ input }, { additionalTypenames: ["Run"] });
    const run = answer?.privacyPlan.run;
    if (!run || answer.privacyPlan.errors.length > 0) return;
    onClose();
    await navigate({ to: "/runs/$id", params: { id: run.id } });
  };
  return (
    <ActDialog title={`${verb} customers`} confirm="Make the plan" busy={fetching} errors={fetching ? [] : refusals(error, data?.privacyPlan)} onSubmit={submit} onClose={onClose}>
      <HowMany act={act} whom={whom} />
      <Text fz="sm">First a plan is made: who it is, which of their fields go and who is on hold. Nobody is {done} before you have seen it and applied it.</Text>
      {act === "ANONYMIZE" && <SuppressBox checked={suppress} onChange={setSuppress} />}
      <Textarea label="Reason" description="Stands in the request and the access log. Name nobody in it." rows={2} maxLength={500} data-autofocus
        value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ActDialog>
  );
}

/** How many it would be about, by a dry run. */
function HowMany({ act, whom }: { act: Act; whom: Whom }) {
  const [{ data, error }, ask] = useMutation(PlanMutation);
  const input = useMemo(() => ({ ...whom, act, dryRun: true }), [whom, act]);
  useEffect(() => void ask({ input }), [ask, input]);
  const refused = refusals(error, data?.privacyPlan)[0]?.message;
  const found = data?.privacyPlan.count;
  if (refused) return <Text fz="sm" c="var(--bad)" role="alert">{refused}</Text>;
  if (!found) return <TextSkeleton lines={1} />;
  const many = found.precision === "EXACT" ? plural(found.count, "customer") : `More than ${formatNumber(Math.max(found.count - 1, 0))} customers`;
  return <Text fz="sm"><b>{many}</b>{whom.ids ? ", as selected." : whom.where || whom.search ? ", as the list is filtered now." : ": everybody."}</Text>;
}
