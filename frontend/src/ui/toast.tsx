import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck } from "@tabler/icons-react";
import type { CombinedError } from "urql";
import { failureOf, type UserError } from "./errors.ts";

const UNDO_MS = 10_000;
const undoable: { id: string; undo: () => Promise<unknown> }[] = [];

function dropUndo(id: string): void {
  const index = undoable.findIndex((entry) => entry.id === id);
  if (index >= 0) undoable.splice(index, 1);
}

/** Says that something was done. */
export function toast(message: string): void {
  notifications.show({ message, icon: <IconCheck size={16} />, color: "accent", autoClose: 4000 });
}

/** Says that something was not done and why; `kept` says what was not lost. */
export function toastError(error: CombinedError | readonly UserError[] | string, kept = "Nothing was changed."): void {
  if (typeof error === "string") {
    notifications.show({ message: error, color: "red", autoClose: 8000 });
    return;
  }
  if ("graphQLErrors" in error) {
    const failure = failureOf(error);
    // The sign-in that opens on top of the page says it already.
    if (failure.kind === "signed-out") return;
    const id = failure.traceId ? ` Quote ${failure.traceId} when you report it.` : "";
    notifications.show({ title: failure.message, message: `${kept}${id}`, color: "red", autoClose: 12_000 });
    return;
  }
  notifications.show({ title: kept, message: error.map((one) => one.message).join(" "), color: "red", autoClose: 12_000 });
}

/** Says that something was done and offers Undo, also on Ctrl Z, while the toast is open. */
export function toastUndo(message: string, onUndo: () => Promise<unknown>): void {
  const id = `undo-${Date.now()}-${undoable.length}`;
  undoable.push({ id, undo: onUndo });
  notifications.show({
    id,
    color: "accent",
    icon: <IconCheck size={16} />,
    autoClose: UNDO_MS,
    onClose: () => dropUndo(id),
    message: (
      <Group gap="md" justify="space-between" wrap="nowrap">
        <Text fz="sm">{message}</Text>
        <Button size="compact-sm" variant="subtle" onClick={() => runUndo(id)}>Undo</Button>
      </Group>
    ),
  });
}

function runUndo(id: string): void {
  const entry = undoable.find((one) => one.id === id);
  if (!entry) return;
  dropUndo(id);
  notifications.hide(id);
  void entry.undo();
}

/** Undoes the last act whose toast is still open; answers whether there was one. */
export function undoLast(): boolean {
  const last = undoable.at(-1);
  if (last) runUndo(last.id);
  return last !== undefined;
}
