import { Text } from "@mantine/core";
import { useMutation } from "urql";
import { plural } from "../ui/values.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { GoesStays } from "./goes-stays.tsx";
import { ApplyMutation, type Privacy } from "./queries.ts";
import { refusals } from "./refused.ts";
import { ACTS, leftOutText } from "./words.ts";

interface ApplyDialogProps {
  id: string;
  privacy: Privacy;
  onApplied: () => void;
  onClose: () => void;
}

/** The last question before a plan is applied; of many the number must be typed. */
export function ApplyDialog({ id, privacy, onApplied, onClose }: ApplyDialogProps) {
  const { act, customers, suppress } = privacy;
  const [{ data, error, fetching }, apply] = useMutation(ApplyMutation);
  const question = `${ACTS[act].verb} ${plural(customers, "customer")}`;
  const leftOut = leftOutText(privacy);
  const submit = async () => {
    const { data: answer } = await apply({ id, input: { customers } }, { additionalTypenames: ["Run", "Customer"] });
    if (!answer?.privacyApply.applied) return;
    onApplied();
    onClose();
  };
  return (
    <ActDialog title={`${question}?`} confirm={question} danger busy={fetching} {...(customers > 1 && { type: String(customers) })}
      errors={fetching ? [] : refusals(error, data?.privacyApply)} onSubmit={submit} onClose={onClose}>
      <GoesStays act={act} suppress={suppress} />
      {leftOut && <Text fz="sm">Left out: {leftOut}.</Text>}
    </ActDialog>
  );
}
