import { Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useMutation } from "urql";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { toast } from "../ui/toast.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { SuppressionLiftMutation, type Wanted } from "./queries.ts";
import { refusals } from "./refused.ts";

interface LiftDialogProps {
  wanted: Wanted;
  onLifted: () => void;
  onClose: () => void;
}

/** Lets an address come back. */
export function LiftDialog({ wanted, onLifted, onClose }: LiftDialogProps) {
  const [reason, setReason] = useState("");
  const [{ data, error, fetching }, lift] = useMutation(SuppressionLiftMutation);
  const errors = fetching ? [] : refusals(error, data?.suppressionLift);
  const submit = async () => {
    const { data: answer } = await lift({ input: { ...wanted, reason: reason.trim() } });
    if (!answer?.suppressionLift.applied) return;
    toast("It can be used again");
    onLifted();
    onClose();
  };
  return (
    <ActDialog title={<>Let <bdi>{wanted.value}</bdi> come back?</>} confirm="Let it come back" busy={fetching} ready={reason.trim() !== ""}
      errors={errorsElsewhere(errors, ["reason"])} onSubmit={submit} onClose={onClose}>
      <Text fz="sm">Imports, partners and people at work may then bring it in again, as a new customer. Nothing of what was erased comes back with it, and consent begins anew.</Text>
      <Textarea label="Reason" required description="Stands in the access log: the person became a customer again, for example." rows={2} maxLength={500} data-autofocus
        value={reason} onChange={(event) => setReason(event.currentTarget.value)} error={errorAt(errors, "reason")} />
    </ActDialog>
  );
}
