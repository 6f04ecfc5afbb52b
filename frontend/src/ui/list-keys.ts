import { useState } from "react";
import { useShortcut } from "./shortcuts.ts";

interface ListKeys {
  ids: readonly string[];
  onOpen?: ((id: string) => void) | undefined;
  onEdit?: ((id: string) => void) | undefined;
  onToggle?: ((id: string) => void) | undefined;
}

/** Moves a cursor through a list by j and k; x selects, Enter opens, e edits. Answers the id that the cursor is on. */
export function useListKeys({ ids, onOpen, onEdit, onToggle }: ListKeys): string | undefined {
  const [cursor, setCursor] = useState<string>();
  const here = cursor !== undefined && ids.includes(cursor) ? cursor : undefined;
  const move = (step: number) => {
    const next = here === undefined ? 0 : Math.min(ids.length - 1, Math.max(0, ids.indexOf(here) + step));
    const id = ids[next];
    if (id === undefined) return;
    setCursor(id);
    document.querySelector(`[data-row="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const on = (act: ((id: string) => void) | undefined) => () => {
    if (here === undefined || !act) return false;
    act(here);
    return true;
  };
  const some = ids.length > 0;
  useShortcut("j", "Next row", () => move(1), some);
  useShortcut("k", "Previous row", () => move(-1), some);
  useShortcut("x", "Select the row", on(onToggle), some && onToggle !== undefined);
  useShortcut("Enter", "Open the row", on(onOpen), some && onOpen !== undefined);
  useShortcut("e", "Edit the row", on(onEdit), some && onEdit !== undefined);
  return here;
}
