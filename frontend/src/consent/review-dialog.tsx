import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { errorsElsewhere, type UserError } from "../ui/errors.ts";
import { Notice } from "../ui/notice.tsx";
import { FormErrors } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { plural } from "../ui/values.tsx";
import { type Held, ReviewMutation } from "./review-queries.ts";
import { APPLIED, BASES, type Entry } from "./words.tsx";

interface ReviewDialogProps {
  decision: "ACCEPT" | "REJECT";
  rows: readonly Held[];
  onClose: () => void;
  onDone: () => void;
}

const GIVEN: readonly Entry["basis"][] = ["EXPLICIT", "IMPLICIT", "DOUBLE_OPT_IN", "IMPORTED"];
const CONTEXT = { additionalTypenames: ["QuarantinedConsent", "Customer"] };
const NOTHING: readonly UserError[] = [];

/** Decides about one or several: accepting says what the file did not. */
export function ReviewDialog({ decision, rows, onClose, onDone }: ReviewDialogProps) {
  const accepts = decision === "ACCEPT";
  const refused = accepts ? rows.filter(({ why }) => why === "RESUBSCRIBE").length : 0;
  const [{ fetching }, review] = useMutation(ReviewMutation);
  const [basis, setBasis] = useState("");
  const [day, setDay] = useState("");
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const [source, setSource] = useState("");
  const [reason, setReason] = useState("");
  const [aware, setAware] = useState(false);
  const [errors, setErrors] = useState(NOTHING);
  const [outcome, setOutcome] = useState<readonly string[]>();
  const needs = { basis: rows.some((row) => row.basis === null), day: rows.some((row) => row.collectedAt === null), source: rows.some((row) => row.source === null) };
  const ready = reason.trim() !== "" && (!accepts || ((!needs.basis || basis !== "") && (!needs.day || day !== "") && (!needs.source || source.trim() !== ""))) && (refused === 0 || aware);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    const given = { ...(basis && { basis: basis as Entry["basis"] }), ...(day && { collectedAt: new Date(`${day}T12:00:00`).toISOString() }), ...(source.trim() && { source: source.trim() }) };
    const { data, error } = await review({ input: { ids: rows.map(({ id }) => id), decision, reason: reason.trim(), ...(accepts && given) } }, CONTEXT);
    if (error) return toastError(error, "Nothing was decided. What you typed is still here.");
    const answer = data?.consentQuarantineReview;
    if (!answer) return;
    const wrong = [...answer.errors, ...answer.results.flatMap((one) => one.errors)];
    const done = answer.results.filter(({ ok }) => ok);
    const kept = done.filter(({ appliedAs }) => appliedAs && appliedAs !== "CURRENT");
    if (wrong.length > 0 && done.length === 0) return setErrors(wrong);
    if (wrong.length === 0 && kept.length === 0) {
      toast(`${plural(done.length, "consent")} ${accepts ? "accepted" : "rejected"}`);
      return onDone();
    }
    setOutcome([
      `${plural(done.length, "consent")} ${accepts ? "accepted" : "rejected"}.`,
      ...(["BLOCKED", "SUPERSEDED", "NO_CHANGE"] as const).flatMap((as) => {
        const count = kept.filter(({ appliedAs }) => appliedAs === as).length;
        return count > 0 ? [`${APPLIED[as].word}: ${count}. ${APPLIED[as].why}`] : [];
      }),
      ...new Set(wrong.map(({ message }) => message)),
    ]);
  };

  const act = accepts ? "Accept" : "Reject";
  const title = `${act} ${plural(rows.length, "consent")}`;
  return (
    <Modal opened onClose={outcome ? onDone : onClose} size={520} title={<Text fw={600}>{title}</Text>} closeButtonProps={{ "aria-label": "Close" }} closeOnClickOutside={false}>
      {outcome ? (
        <Stack gap="lg">
          {outcome.map((line) => <Text key={line} fz="sm">{line}</Text>)}
          <Group justify="flex-end"><Button onClick={onDone} data-autofocus>Close</Button></Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="lg">
            <FormErrors errors={errorsElsewhere(errors, [])} />
            {!accepts && <Text fz="sm">They stay as they are: nothing of this is written to anybody.</Text>}
            {accepts && (
              <>
                <Text fz="sm" c="dimmed">Basis and source that you give count for all of these; a day that the file gave stays.</Text>
                <NativeSelect label="Basis" size="sm" value={basis} onChange={(event) => setBasis(event.currentTarget.value)} data-autofocus
                  data={[{ value: "", label: needs.basis ? "Choose" : "As the file says" }, ...GIVEN.map((one) => ({ value: one, label: BASES[one] }))]} />
                {needs.day && <TextInput label="Given on" type="date" value={day} max={today} onChange={(event) => setDay(event.currentTarget.value)} />}
                <Textarea label="Source and proof" description="Where it was given, and where the proof is kept." rows={3} resize="vertical" maxLength={2000} value={source} onChange={(event) => setSource(event.currentTarget.value)} />
              </>
            )}
            <TextInput label="Reason" value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} {...(!accepts && { "data-autofocus": true })} />
            {refused > 0 && (
              <Notice tone="bad" title={`${refused === rows.length ? "They" : `${refused} of them`} withdrew before`}>
                Accepting does not lift a refusal: it is kept in the history as blocked.
                <Checkbox mt="sm" checked={aware} onChange={(event) => setAware(event.currentTarget.checked)} label="I know, record it all the same" />
              </Notice>
            )}
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={onClose}>Cancel</Button>
              <Button type="submit" loading={fetching} disabled={!ready}>{title}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
