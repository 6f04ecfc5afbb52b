import { CloseButton, Group, UnstyledButton } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useState } from "react";
import styles from "./chips.module.css";

const ChipEditor = lazy(async () => ({ default: (await import("./chip-editor.tsx")).ChipEditor }));

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
  const [wanted, setWanted] = useState(false);
  const text = <><span className={styles.label}>{label}:</span> {value}</>;
  const button = <UnstyledButton className={styles.text} aria-haspopup="dialog" onClick={() => setWanted(true)}>{text}</UnstyledButton>;
  return (
    <span className={styles.chip}>
      {!editor && <span className={styles.text}>{text}</span>}
      {editor && (wanted ? <Suspense fallback={button}><ChipEditor text={text} editor={editor} /></Suspense> : button)}
      <CloseButton size={20} iconSize={12} aria-label={`Remove the filter ${label}`} onClick={onRemove} />
    </span>
  );
}

/** The filters that are on, in one line that wraps. */
export function FilterBar({ children }: { children: ReactNode }) {
  return <Group gap="sm" py="sm" mih={52}>{children}</Group>;
}
