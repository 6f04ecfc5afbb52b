import { Group, UnstyledButton } from "@mantine/core";
import styles from "./chips.module.css";

interface ChoicesProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

/** A row of quiet buttons of which one is on: [All] [Running] [Finished]. */
export function Choices<Value extends string>({ label, value, options, onChange }: ChoicesProps<Value>) {
  return (
    <Group gap="xs" role="group" aria-label={label}>
      {options.map((option) => (
        <UnstyledButton key={option.value} className={styles.tab} aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </UnstyledButton>
      ))}
    </Group>
  );
}
