import { Checkbox, Textarea } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMutation } from "urql";
import { ActDialog } from "./act-dialog.tsx";
import { GoesStays } from "./goes-stays.tsx";
import { AnonymizeMutation } from "./queries.ts";
import { refusals } from "./refused.ts";

interface AnonymizeDialogProps {
  id: string;
  name: string;
  onClose: () => void;
}

/** Takes everything personal from one customer; a nameless one stays. */
export function AnonymizeDialog({ id, name, onClose }: AnonymizeDialogProps) {
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const [suppress, setSuppress] = useState(false);
  const [{ data, error, fetching }, anonymize] = useMutation(AnonymizeMutation);
  const submit = async () => {
    const { data: answer } = await anonymize({ id, input: { reason: reason.trim() || null, suppress } }, { additionalTypenames: ["Customer", "Run"] });
    const run = answer?.customerAnonymize.run;
    if (!run || answer.customerAnonymize.errors.length > 0) return;
    onClose();
    await navigate({ to: "/runs/$id", params: { id: run.id } });
  };
  return (
    <ActDialog title={<>Anonymize <bdi>{name}</bdi>?</>} confirm="Anonymize now" danger busy={fetching}
      errors={fetching ? [] : refusals(error, data?.customerAnonymize)} onSubmit={submit} onClose={onClose}>
      <GoesStays act="ANONYMIZE" suppress={suppress} />
      <SuppressBox checked={suppress} onChange={setSuppress} />
      <Textarea label="Reason" description="Stands in the request and the access log. Name nobody in it." rows={2} maxLength={500} data-autofocus
        value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ActDialog>
  );
}

/** Whether addresses are kept from coming back. */
export function SuppressBox({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <Checkbox checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} label="Do not let the addresses come back"
      description="Imports, partners and people at work are refused them, until somebody with the permission lifts that." />
  );
}
