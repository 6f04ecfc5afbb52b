import { Button, CloseButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useShortcut } from "../ui/shortcuts.ts";
import { formatNumber } from "../ui/values.tsx";
import styles from "./customers.module.css";

interface ActionBarProps {
  count: number;
  onClear: () => void;
  children: ReactNode;
}

/** Slides in at the bottom while rows are selected; nothing moves for it. */
export function ActionBar({ count, onClear, children }: ActionBarProps) {
  useShortcut("Escape", "Let go of the selection", onClear);
  return (
    <div className={styles.actions} role="toolbar" aria-label="Selected customers">
      <output><b>{formatNumber(count)}</b> selected</output>
      {children}
      <CloseButton aria-label="Clear the selection" size={28} iconSize={14} onClick={onClear} />
    </div>
  );
}

/** The one act that moves customers to the trash. */
export function TrashButton({ onClick }: { onClick: () => void }) {
  return <Button variant="light" color="red" onClick={onClick}>Move to trash</Button>;
}
