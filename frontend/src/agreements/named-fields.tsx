import { Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { errorAt, type UserError } from "../ui/errors.ts";

/** What every purpose, term and list has. */
export interface Named {
  name: string;
  key: string;
  about: string;
}

/** The paths whose errors these fields show. */
export const NAMED = ["name", "key", "about"];

// On the field itself: what is said to the component goes to the box around it, which holds no text.
const WRITTEN = { input: { dir: "auto" } };

interface NamedFieldsProps {
  value: Named;
  onChange: (value: Named) => void;
  errors: readonly UserError[];
  /** Makes a key of a name while nobody has typed one; without it the key stays what it is. */
  keyOf?: (name: string) => string;
  example: string;
}

/** Name, key and description. The key follows the name until somebody types one. */
export function NamedFields({ value, onChange, errors, keyOf, example }: NamedFieldsProps) {
  const [typed, setTyped] = useState(false);
  const rename = (name: string) => onChange({ ...value, name, ...(keyOf && !typed && { key: keyOf(name) }) });
  return (
    <>
      <TextInput label="Name" required withAsterisk={false} maxLength={100} placeholder={example} value={value.name} error={errorAt(errors, "name")}
        onChange={(event) => rename(event.currentTarget.value)} attributes={WRITTEN} data-autofocus />
      {keyOf && (
        <TextInput label="Key" required withAsterisk={false} value={value.key} error={errorAt(errors, "key")} spellCheck={false} autoComplete="off"
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          description="What programs call it. It can never be changed, nor used again for something else."
          onChange={(event) => { setTyped(true); onChange({ ...value, key: event.currentTarget.value }); }} />
      )}
      <Textarea label="What it is for" rows={2} maxLength={500} value={value.about} error={errorAt(errors, "about")} attributes={WRITTEN}
        onChange={(event) => onChange({ ...value, about: event.currentTarget.value })} />
    </>
  );
}
