import { UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Viewer } from "../ui/session.tsx";
import styles from "./shell.module.css";

const UserMenu = lazy(async () => ({ default: (await import("./user-menu.tsx")).UserMenu }));

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}

/** The signed-in person at the top right; the menu behind it is fetched when it is first wanted. */
export function UserButton({ viewer, onKeys }: { viewer: Viewer; onKeys: () => void }) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <UnstyledButton className={styles.me} aria-label={`${initials(viewer.name)}: account of ${viewer.name}`} aria-haspopup="menu" onClick={() => setWanted(true)}>
      {initials(viewer.name)}
    </UnstyledButton>
  );
  if (!wanted) return button;
  return <Suspense fallback={button}><UserMenu viewer={viewer} onKeys={onKeys}>{button}</UserMenu></Suspense>;
}
