import { UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useEffect } from "react";
import { useHotkeys } from "@mantine/hooks";
import styles from "./shell.module.css";

const fetchDialog = () => import("./palette-dialog.tsx");
const PaletteDialog = lazy(async () => ({ default: (await fetchDialog()).PaletteDialog }));
const IDLE_MS = 2000;

/** The palette: pages, actions and people, on Ctrl K. Its code comes after the page. */
export function Palette({ wanted, onOpen }: { wanted: number; onOpen: () => void }) {
  // No tags are left out: the palette also opens while a field has the focus.
  useHotkeys([["mod+K", onOpen]], []);
  // Fetched when the page has come to rest, so that what is typed right after Ctrl K is not lost.
  useEffect(() => {
    const timer = setTimeout(() => void fetchDialog(), IDLE_MS);
    return () => clearTimeout(timer);
  }, []);
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
