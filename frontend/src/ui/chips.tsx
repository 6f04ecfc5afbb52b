import { CloseButton, Group, Popover, UnstyledButton } from "@mantine/core";
import { type ReactNode, useState } from "react";
import styles from "./chips.module.css";

interface FilterChipProps {
  /** "Country". */
  label: string;
  /** "NL"; what the chip says after its label. */
  value: string;
  onRemove: () => void;
  /** The editor that a click opens; it gets a function that closes it. */
  editor?: (close: () => void) => ReactNode;
}

/** A filter that is on: click to change, x to remove. */
export function FilterChip({ label, value, onRemove, editor }: FilterChipProps) {
  const [opened, setOpened] = useState(false);
  const text = <><span className={styles.label}>{label}:</span> {value}</>;
  return (
    <span className={styles.chip}>
      {editor ? (
        <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="sm" trapFocus returnFocus>
          <Popover.Target>
            <UnstyledButton className={styles.text} onClick={() => setOpened(!opened)}>{text}</UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown p="md">{editor(() => setOpened(false))}</Popover.Dropdown>
        </Popover>
      ) : <span className={styles.text}>{text}</span>}
      <CloseButton size={20} iconSize={12} aria-label={`Remove the filter ${label}`} onClick={onRemove} />
    </span>
  );
}

/** The filters that are on, in one line that wraps. */
export function FilterBar({ children }: { children: ReactNode }) {
  return <Group gap="sm" py="sm" mih={52}>{children}</Group>;
}
