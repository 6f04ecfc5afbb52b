import { useEffect, useRef } from "react";

export interface Shortcut {
  /** As the keyboard event says it: "/", "j", "Enter", "Escape"; "mod+z" is Ctrl or Cmd with Z. */
  keys: string;
  /** What it does, for the list that `?` opens. */
  label: string;
  /** Answering false says "not mine": the next one that listens to the key gets it. */
  run: (event: KeyboardEvent) => boolean | void;
}

const active: { current: Shortcut }[] = [];

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.getAttribute("type") !== "checkbox";
}

/** Something that lies over the page and takes its own keys: a dialog, a menu or a list of options. */
function isCovered(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"], [role="listbox"]') !== null;
}

// Looked at before anybody else sees the key: a dialog that closes on Esc is gone by the time that the page hears of it.
let covered = false;
function onEveryKey(): void {
  covered = isCovered();
}

function matches(keys: string, event: KeyboardEvent): boolean {
  const wanted = keys.startsWith("mod+");
  if (wanted !== (event.ctrlKey || event.metaKey) || event.altKey) return false;
  return (wanted ? keys.slice(4) : keys).toLowerCase() === event.key.toLowerCase();
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (isTyping(event.target) && event.key !== "Escape") return;
  // Enter and Space belong to the button or link that has the focus.
  if ((event.key === "Enter" || event.key === " ") && event.target instanceof Element && event.target.closest("a, button, summary")) return;
  if (covered) return;
  for (const { current } of active.toReversed()) {
    if (!matches(current.keys, event) || current.run(event) === false) continue;
    event.preventDefault();
    return;
  }
}

/** Listens to a key while the component is on the page; the one that came last wins. Keys typed into a field are left alone. */
export function useShortcut(keys: string, label: string, run: Shortcut["run"], enabled = true): void {
  const entry = useRef<Shortcut>({ keys, label, run });
  useEffect(() => {
    entry.current = { keys, label, run };
  });
  useEffect(() => {
    if (!enabled) return;
    if (active.length === 0) {
      window.addEventListener("keydown", onEveryKey, true);
      window.addEventListener("keydown", onKeyDown);
    }
    active.push(entry);
    return () => {
      active.splice(active.indexOf(entry), 1);
      if (active.length > 0) return;
      window.removeEventListener("keydown", onEveryKey, true);
      window.removeEventListener("keydown", onKeyDown);
    };
  }, [enabled]);
}

/** The keys that do something now, for the list that `?` opens: the last one per key. */
export function activeShortcuts(): Shortcut[] {
  const byKey = new Map<string, Shortcut>();
  for (const { current } of active) byKey.set(current.keys, current);
  return [...byKey.values()];
}
