import { ActionIcon, Group } from "@mantine/core";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Json } from "../graphql.ts";
import { errorAt, errorsElsewhere, type UserError } from "../ui/errors.ts";
import { useShortcut } from "../ui/shortcuts.ts";
import { FormErrors } from "../ui/states.tsx";
import { OrMissing } from "../ui/values.tsx";
import { useTrial } from "./editing.ts";
import type { Field } from "./fields.ts";
import styles from "./profile.module.css";
import { WithOrigin } from "./provenance.tsx";
import { draftOf, ScalarEditor, valueFrom } from "./scalar-editor.tsx";
import { type UpdateInput, useSaving } from "./saving.tsx";
import { scalarText } from "./words.ts";

const TICK_MS = 2500;

interface ScalarFieldProps {
  field: Field;
  value: Json;
  /** The version of the customer that the value belongs to. */
  version: number;
  writes: boolean;
}

/** One value: click or `e` edits, Enter saves, Esc cancels. */
export function ScalarField({ field, value, version, writes }: ScalarFieldProps) {
  const [editing, setEditing] = useState(false);
  // What was saved stands there until the profile has been asked again.
  const [saved, setSaved] = useState<{ value: Json; version: number }>();
  const [ticked, setTicked] = useState(false);
  useEffect(() => {
    if (!ticked) return;
    const timer = setTimeout(() => setTicked(false), TICK_MS);
    return () => clearTimeout(timer);
  }, [ticked]);
  const shown = saved && version <= saved.version ? saved.value : value;
  if (editing) {
    const close = (next?: Json) => {
      setEditing(false);
      if (next === undefined) return;
      setSaved({ value: next, version });
      setTicked(true);
    };
    return <Editor field={field} value={value} version={version} onClose={close} />;
  }
  const text = scalarText(field, shown);
  const said = <OrMissing>{text && <bdi>{text}</bdi>}</OrMissing>;
  const tick = ticked && <span className={styles.tick} role="status" aria-label="Saved"><IconCheck size={15} /></span>;
  if (!writes) return <WithOrigin path={field.path}><span className={styles.still}>{said}</span></WithOrigin>;
  return (
    <WithOrigin path={field.path}>
      <button type="button" className={styles.value} data-edit="" aria-label={`${field.label}: ${text ?? "none"}. Edit`} onClick={() => setEditing(true)}>
        {said}{tick || <IconPencil size={14} aria-hidden="true" />}
      </button>
    </WithOrigin>
  );
}

function Editor({ field, value, version, onClose }: { field: Field; value: Json; version: number; onClose: (saved?: Json) => void }) {
  const { save } = useSaving();
  useShortcut("Escape", "Leave the field as it was", () => onClose());
  const before = draftOf(field, value);
  const [draft, setDraft] = useState(before);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ draft: string; errors: readonly UserError[] }>();
  // The version that the editor was opened on: somebody else's save meanwhile is a clash, however the page has been drawn since.
  const [begun] = useState(version);
  const input: UpdateInput = { [field.name]: valueFrom(field, draft) };
  const tried = useTrial(draft === before ? undefined : input);
  const errors = refused?.draft === draft ? refused.errors : tried;
  const submit = async () => {
    if (draft === before) return onClose();
    setBusy(true);
    const answer = await save(input, begun, field.label);
    setBusy(false);
    if (answer.saved) onClose(valueFrom(field, draft));
    else setRefused({ draft, errors: answer.errors });
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void submit(); }} style={{ maxWidth: 460 }}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <div style={{ flex: 1, minWidth: 0 }}>
          <ScalarEditor field={field} value={draft} onChange={setDraft} focus error={errorAt(errors, field.path)} />
        </div>
        <ActionIcon type="submit" variant="filled" color="accent" aria-label="Save" loading={busy} mt={4}><IconCheck size={16} /></ActionIcon>
        <ActionIcon aria-label="Cancel" onClick={() => onClose()} mt={4}><IconX size={16} /></ActionIcon>
      </Group>
      <FormErrors errors={errorsElsewhere(errors, [field.path])} />
    </form>
  );
}
