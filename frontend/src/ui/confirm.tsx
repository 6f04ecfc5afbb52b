import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";

interface ConfirmDialogProps {
  opened: boolean;
  onClose: () => void;
  /** The question: "Delete 3 customers?" */
  title: string;
  /** What will be gone, what stays. */
  children: ReactNode;
  /** Names the act and the count: "Delete 3 customers". */
  confirm: string;
  /** Closes the dialog when it answers true or nothing; false keeps it open. */
  onConfirm: () => Promise<boolean | void>;
  danger?: boolean;
  /** What must be typed first, for acts that cannot be taken back: a name or a count. */
  type?: string;
}

/** Asks before an act; Enter confirms, Esc closes. */
export function ConfirmDialog({ opened, onClose, title, children, confirm, onConfirm, danger, type }: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState("");
  const close = () => {
    setTyped("");
    onClose();
  };
  const submit = async () => {
    setBusy(true);
    const done = await onConfirm().finally(() => setBusy(false));
    if (done !== false) close();
  };
  return (
    <Modal opened={opened} onClose={close} title={<Text fw={600}>{title}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <Stack gap="lg">
          <Text component="div" fz="sm">{children}</Text>
          {type && (
            <TextInput label={<>Type <b>{type}</b> to confirm</>} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" color={danger ? "red.8" : undefined} loading={busy}
              disabled={type !== undefined && typed.trim() !== type} data-autofocus={type ? undefined : true}>{confirm}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
