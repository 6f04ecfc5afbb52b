import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type FormEvent, lazy, type ReactNode, Suspense, useState } from "react";
import type { UserError } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";
import { type Kind, useArchive } from "./archive.tsx";

const ArchiveDialog = lazy(async () => ({ default: (await import("./archive.tsx")).ArchiveDialog }));

interface ThingDialogProps {
  kind: Kind;
  /** Absent for a new one. */
  thing?: { key: string; name: string; archivedAt: string | null } | undefined;
  title: string;
  submit: string;
  busy: boolean;
  /** Those that stand beside no field. */
  errors: readonly UserError[];
  onSubmit: () => Promise<void>;
  onClose: () => void;
  size?: number;
  /** What was typed would be missed: only Cancel and the cross close it. */
  guarded?: boolean;
  children: ReactNode;
}

/** A form over the page, with what it takes to archive the thing or to take it back. */
export function ThingDialog({ kind, thing, title, submit, busy, errors, onSubmit, onClose, size = 520, guarded = false, children }: ThingDialogProps) {
  const [archiving, setArchiving] = useState(false);
  const archive = useArchive(kind);
  const send = (event: FormEvent) => {
    event.preventDefault();
    void onSubmit();
  };
  const takeBack = async () => {
    if (thing && await archive(thing, false)) onClose();
  };
  return (
    <>
      <Modal opened={!archiving} onClose={onClose} size={size} closeOnClickOutside={!guarded} closeOnEscape={!guarded} title={<Text fw={600}>{title}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
        <form onSubmit={send}>
          <Stack gap="lg">
            <FormErrors errors={errors} />
            {children}
            <Group justify="space-between" gap="sm">
              {thing && !thing.archivedAt && <Button variant="subtle" color="gray" px="sm" onClick={() => setArchiving(true)}>Archive</Button>}
              {thing?.archivedAt && <Button variant="subtle" color="gray" px="sm" onClick={takeBack}>Use again</Button>}
              {!thing && <span />}
              <Group gap="sm">
                <Button variant="default" onClick={onClose}>Cancel</Button>
                <Button type="submit" loading={busy}>{submit}</Button>
              </Group>
            </Group>
          </Stack>
        </form>
      </Modal>
      <Suspense>{thing && archiving && <ArchiveDialog kind={kind} thing={thing} onClose={() => setArchiving(false)} onDone={onClose} />}</Suspense>
    </>
  );
}
