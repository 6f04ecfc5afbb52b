import { Button, Group, SimpleGrid } from "@mantine/core";
import { useState } from "react";
import { errorAt, errorsElsewhere, type UserError } from "../ui/errors.ts";
import { useShortcut } from "../ui/shortcuts.ts";
import { FormErrors } from "../ui/states.tsx";
import type { Item } from "./customer-query.ts";
import { useTrial } from "./editing.ts";
import { type Field, oneOf, type Part } from "./fields.ts";
import { draftOf, ScalarEditor, valueFrom } from "./scalar-editor.tsx";
import { type UpdateInput, useSaving } from "./saving.tsx";

interface ItemFormProps {
  field: Field;
  /** None for a new one. */
  item?: Item;
  version: number;
  /** Only these parts. */
  only?: readonly string[] | undefined;
  /** Parts that cannot be changed now. */
  locked: readonly string[];
  onClose: () => void;
}

/** The parts of a list's items that people fill in. */
export function partsOf(field: Field): Part[] {
  return field.items.filter((part) => part.editable && part.type !== "BOOLEAN");
}

/** Adds an item or changes one, by its declared parts; what is wrong stands beside its field. */
export function ItemForm({ field, item, version, only, locked, onClose }: ItemFormProps) {
  const { save } = useSaving();
  useShortcut("Escape", "Leave the form", onClose);
  const parts = partsOf(field).filter((part) => (only?.includes(part.name) ?? true) && !locked.includes(part.name));
  const [before] = useState(() => Object.fromEntries(parts.map((part) => [part.name, draftOf(part, item?.[part.name])])));
  const [drafts, setDrafts] = useState<Record<string, string>>(before);
  const [begun] = useState(version);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ drafts: object; errors: readonly UserError[] }>();
  const changed = parts.filter((part) => drafts[part.name] !== before[part.name]);
  const values = Object.fromEntries(changed.map((part) => [part.name, valueFrom(part, drafts[part.name] ?? "")]));
  const wish = item ? { edit: [{ id: item.id, ...values }] } : { add: [values] };
  const input: UpdateInput = { [field.name]: wish };
  const root = [field.path, item ? "edit" : "add", "0"].join(".");
  const pathOf = (part: Part) => `${root}.${part.path}`;
  // A new item is tried out once what it cannot be without is there; the first part of a declaration is that.
  const complete = changed.length > 0 && (item !== undefined || field.type === "ADDRESSES" || (drafts[parts[0]?.name ?? ""] ?? "") !== "");
  const tried = useTrial(complete ? input : undefined);
  const errors = refused?.drafts === drafts ? refused.errors : tried;
  const submit = async () => {
    if (changed.length === 0) return onClose();
    setBusy(true);
    const answer = await save(input, begun, oneOf(field));
    setBusy(false);
    if (answer.saved) onClose();
    else setRefused({ drafts, errors: answer.errors });
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void submit(); }} aria-label={item ? `Edit: ${oneOf(field)}` : `New: ${oneOf(field)}`}
      style={{ maxWidth: 560, padding: "8px 0 12px" }}>
      <SimpleGrid cols={{ base: 1, sm: Math.min(2, parts.length) }} spacing="sm" verticalSpacing="sm">
        {parts.map((part, index) => (
          <ScalarEditor key={part.name} field={part} label={part.label} value={drafts[part.name] ?? ""} focus={index === 0}
            onChange={(value) => setDrafts({ ...drafts, [part.name]: value })} error={errorAt(errors, pathOf(part))} />
        ))}
      </SimpleGrid>
      <FormErrors errors={errorsElsewhere(errors, parts.map(pathOf))} />
      <Group gap="sm" mt="md">
        <Button type="submit" loading={busy}>{item ? "Save" : "Add"}</Button>
        <Button variant="default" onClick={onClose}>Cancel</Button>
      </Group>
    </form>
  );
}
