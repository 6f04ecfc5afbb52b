import { Stack, Text, Textarea } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMutation } from "urql";
import { Choices } from "../ui/choices.tsx";
import { toast } from "../ui/toast.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { GoesStays } from "./goes-stays.tsx";
import { EraseMutation } from "./queries.ts";
import { refusals } from "./refused.ts";

const GRACE = [{ value: "0", label: "At once" }, { value: "7", label: "In 7 days" }, { value: "30", label: "In 30 days" }] as const;
type Grace = (typeof GRACE)[number]["value"];
/** Longer names are a trial to type; the word is then as good. */
const MOST_TYPED = 60;

interface EraseDialogProps {
  id: string;
  name: string;
  onClose: () => void;
}

/** Erases one customer, now or after some days in which it can be cancelled. */
export function EraseDialog({ id, name, onClose }: EraseDialogProps) {
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const [grace, setGrace] = useState<Grace>("0");
  const [{ data, error, fetching }, erase] = useMutation(EraseMutation);
  const submit = async () => {
    const { data: answer } = await erase({ id, input: { reason: reason.trim() || null, graceDays: Number(grace) } }, { additionalTypenames: ["Customer", "Run"] });
    const run = answer?.customerErase.run;
    if (!run || answer.customerErase.errors.length > 0) return;
    onClose();
    if (grace === "0") await navigate({ to: "/runs/$id", params: { id: run.id } });
    else toast(`Will be erased in ${grace} days`);
  };
  return (
    <ActDialog title={<>Erase <bdi>{name}</bdi>?</>} confirm={grace === "0" ? "Erase now" : `Erase in ${grace} days`} danger busy={fetching}
      type={name.length > MOST_TYPED ? "erase" : name} errors={fetching ? [] : refusals(error, data?.customerErase)} onSubmit={submit} onClose={onClose}>
      <GoesStays act="ERASE" suppress />
      <Stack gap={4}>
        <Text fz="sm" fw={600}>When</Text>
        <Choices label="When" value={grace} options={GRACE} onChange={setGrace} />
        <Text fz="xs" c="dimmed">{grace === "0" ? "It begins as soon as you confirm." : "Until then nothing changes, and it can be cancelled on this page."}</Text>
      </Stack>
      <Textarea label="Reason" description="Stands in the request and the access log. Name nobody in it." rows={2} maxLength={500} data-autofocus
        value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ActDialog>
  );
}
