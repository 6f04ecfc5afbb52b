import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { UserError } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";

interface ActDialogProps {
  title: ReactNode;
  /** Names the act: "Erase Jane Doe". Without it there is nothing to confirm. */
  confirm?: string;
  danger?: boolean;
  busy?: boolean;
  /** What must be typed first. */
  type?: string;
  ready?: boolean;
  errors?: readonly UserError[];
  onSubmit?: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

const NONE: readonly UserError[] = [];

/** A form over the page whose act cannot be taken back. */
export function ActDialog({ title, confirm, danger, busy = false, type, ready = true, errors = NONE, onSubmit, onClose, children }: ActDialogProps) {
  const [typed, setTyped] = useState("");
  const open = ready && (type === undefined || typed.trim() === type.trim());
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (open && !busy) void onSubmit?.();
  };
  return (
    <Modal opened onClose={onClose} size={520} closeOnClickOutside={false} title={<Text fw={600} component="span">{title}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={send}>
        <Stack gap="lg">
          <FormErrors errors={errors} />
          {children}
          {type !== undefined && (
            <TextInput label={<>Type <b><bdi>{type}</bdi></b> to confirm</>} value={typed} autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} />
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" data-autofocus onClick={onClose}>{confirm ? "Cancel" : "Close"}</Button>
            {confirm && <Button type="submit" color={danger ? "red.8" : undefined} loading={busy} disabled={!open}>{confirm}</Button>}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
