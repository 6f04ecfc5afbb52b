import { UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useHotkeys } from "@mantine/hooks";
import styles from "./shell.module.css";

const PaletteDialog = lazy(async () => ({ default: (await import("./palette-dialog.tsx")).PaletteDialog }));

/** The palette: pages, actions and people, on Ctrl K. Its code is fetched when it is first opened. */
export function Palette({ wanted, onOpen }: { wanted: number; onOpen: () => void }) {
  // No tags are left out: the palette also opens while a field has the focus.
  useHotkeys([["mod+K", onOpen]], []);
  return <Suspense>{wanted > 0 && <PaletteDialog wanted={wanted} />}</Suspense>;
}

/** What the top bar shows of the palette. */
export function SearchButton({ onOpen }: { onOpen: () => void }) {
  const keys = navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K";
  return (
    <UnstyledButton className={styles.search} onClick={onOpen} aria-label={`Search ${keys}`}>
      <IconSearch size={15} aria-hidden="true" />
      <span className={styles.word}>Search</span>{" "}
      <kbd>{keys}</kbd>
    </UnstyledButton>
  );
}
