import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Json } from "../graphql.ts";
import { OrMissing, RelativeTime } from "../ui/values.tsx";
import styles from "./conflict-dialog.module.css";
import type { Field } from "./fields.ts";
import type { Conflict } from "./saving.tsx";
import { historyText } from "./words.ts";

interface ConflictDialogProps {
  conflicts: readonly Conflict[];
  fields: readonly Field[];
  /** The paths on which theirs is taken; on the others mine is saved. */
  onSettle: (taken: string[]) => Promise<void>;
  /** Back to the editor; what was typed is still there. */
  onCancel: () => void;
}

type Choice = "mine" | "theirs";

/** Somebody else saved the same field meanwhile: shows both and what it was, one choice a field. */
export function ConflictDialog({ conflicts, fields, onSettle, onCancel }: ConflictDialogProps) {
  const [choices, setChoices] = useState<Record<string, Choice>>({});
  const [busy, setBusy] = useState(false);
  const choiceOf = (path: string): Choice => choices[path] ?? "mine";
  const settle = async () => {
    setBusy(true);
    await onSettle(conflicts.map(({ path }) => path).filter((path) => choiceOf(path) === "theirs"));
  };
  const allTheirs = conflicts.every(({ path }) => choiceOf(path) === "theirs");
  return (
    <Modal opened onClose={onCancel} size={560} title={<Text fw={600}>Somebody else changed this meanwhile</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => { event.preventDefault(); void settle(); }}>
        <Stack gap="lg">
          <Text fz="sm" c="dimmed">Nothing is saved yet, and nothing is lost: both values stay in the history. Choose what stands from now on.</Text>
          {conflicts.map((conflict) => (
            <OneConflict key={conflict.path} conflict={conflict} field={fields.find(({ path }) => path === conflict.path.split(".")[0])}
              choice={choiceOf(conflict.path)} onChoose={(choice) => setChoices({ ...choices, [conflict.path]: choice })} />
          ))}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onCancel}>Back to editing</Button>
            <Button type="submit" loading={busy} data-autofocus>{allTheirs ? "Take theirs" : "Save"}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface OneConflictProps {
  conflict: Conflict;
  field: Field | undefined;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

function OneConflict({ conflict, field, choice, onChoose }: OneConflictProps) {
  const { theirs, yours, original, by, at } = conflict;
  return (
    <Radio.Group label={field?.label ?? conflict.path} value={choice} onChange={(value) => onChoose(value === "theirs" ? "theirs" : "mine")}>
      <Stack gap="sm" mt="sm">
        <Side value="mine" chosen={choice === "mine"} title="Keep mine" field={field} said={yours} />
        <Side value="theirs" chosen={choice === "theirs"} field={field} said={theirs}
          title={<>Take theirs <Text span inherit c="dimmed" fw={400}>– {by?.name ?? "somebody"}{at && <>, <RelativeTime at={at} /></>}</Text></>} />
        <Text fz="xs" c="dimmed" pl="md">It was: <Said field={field} value={original} /></Text>
      </Stack>
    </Radio.Group>
  );
}

function Side({ value, chosen, title, field, said }: { value: Choice; chosen: boolean; title: React.ReactNode; field: Field | undefined; said: Json | null }) {
  return (
    <Radio.Card value={value} className={styles.side} data-chosen={chosen ? "" : undefined}>
      <Group wrap="nowrap" align="flex-start" gap="md">
        <Radio.Indicator size="xs" mt={2} />
        <div style={{ minWidth: 0 }}>
          <Text fz="sm" fw={500}>{title}</Text>
          <Text fz="sm" style={{ overflowWrap: "anywhere" }}><Said field={field} value={said} /></Text>
        </div>
      </Group>
    </Radio.Card>
  );
}

function Said({ field, value }: { field: Field | undefined; value: Json | null }) {
  const text = historyText(field, value ?? null);
  return <OrMissing>{text && withLabel(text, value)}</OrMissing>;
}

/** Two items that read alike may differ in their label only. */
function withLabel(text: string, value: Json | null): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return text;
  const marks = [typeof value["label"] === "string" && value["label"], value["primary"] === true && "primary"].filter(Boolean);
  return marks.length > 0 ? `${text} (${marks.join(", ")})` : text;
}
