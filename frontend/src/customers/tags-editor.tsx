import { TagsInput } from "@mantine/core";

interface TagsEditorProps {
  label: string;
  value: string[];
  onChange: (tags: string[]) => void;
  error?: string | undefined;
}

/** Words as chips: Enter or a comma ends one. */
export function TagsEditor({ label, value, onChange, error }: TagsEditorProps) {
  return (
    <TagsInput label={label} size="sm" value={value} onChange={onChange} error={error} acceptValueOnBlur splitChars={[","]}
      placeholder={value.length > 0 ? "" : "Type and press Enter"} maw={560} />
  );
}
