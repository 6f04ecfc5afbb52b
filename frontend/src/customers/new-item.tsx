import { ActionIcon, Group, SimpleGrid } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { DuplicateWarning } from "./duplicate-warning.tsx";
import { type Field, oneOf } from "./fields.ts";
import { partsOf } from "./item-form.tsx";
import type { Draft } from "./new.tsx";
import { ScalarEditor } from "./scalar-editor.tsx";

interface NewItemProps {
  field: Field;
  draft: Draft;
  /** What is wrong with a part, by its declared path. */
  errorOf: (part: string) => string | undefined;
  onChange: (values: Record<string, string>) => void;
  onRemove: () => void;
}

/** One row of a list in the form of a new customer. */
export function NewItem({ field, draft, errorOf, onChange, onRemove }: NewItemProps) {
  const parts = partsOf(field);
  return (
    <div>
      <Group gap="sm" wrap="nowrap" align="flex-end">
        <SimpleGrid cols={{ base: 1, sm: parts.length > 3 ? 3 : parts.length }} spacing="sm" verticalSpacing="sm" style={{ flex: 1 }}>
          {parts.map((part) => (
            <ScalarEditor key={part.name} field={part} label={part.label} value={draft.values[part.name] ?? ""} error={errorOf(part.path)}
              onChange={(value) => onChange({ ...draft.values, [part.name]: value })} />
          ))}
        </SimpleGrid>
        <ActionIcon aria-label={`Remove this ${oneOf(field).toLowerCase()}`} onClick={onRemove} mb={4}><IconX size={16} /></ActionIcon>
      </Group>
      {field.type === "EMAILS" && <DuplicateWarning email={draft.values["address"] ?? ""} />}
    </div>
  );
}
