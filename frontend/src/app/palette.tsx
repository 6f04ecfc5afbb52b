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
  const mac = navigator.platform.startsWith("Mac");
  return (
    <UnstyledButton className={styles.search} onClick={onOpen} aria-label="Search">
      <IconSearch size={15} aria-hidden="true" />
      <span className={styles.word} aria-hidden="true">Search</span>
      <kbd aria-hidden="true">{mac ? "⌘ K" : "Ctrl K"}</kbd>
    </UnstyledButton>
  );
}
