import { lazy, Suspense, useSyncExternalStore } from "react";
import type { CombinedError } from "urql";
import { failureOf, type UserError } from "./errors.ts";
import type { ToastOptions } from "./toast-show.tsx";

const undoable: { id: string; undo: () => Promise<unknown> }[] = [];

const Toasts = lazy(async () => ({ default: (await import("./toast-show.tsx")).Toasts }));
let wanted = false;
const watchers = new Set<() => void>();

function watch(onChange: () => void): () => void {
  watchers.add(onChange);
  return () => watchers.delete(onChange);
}

/** Where toasts are drawn; the code for it is fetched with the first one. */
export function ToastHost() {
  const shown = useSyncExternalStore(watch, () => wanted);
  return <Suspense>{shown && <Toasts />}</Suspense>;
}

async function show(options: ToastOptions): Promise<void> {
  wanted = true;
  for (const watcher of watchers) watcher();
  const { showToast } = await import("./toast-show.tsx");
  showToast(options);
}

function dropUndo(id: string): void {
  const index = undoable.findIndex((entry) => entry.id === id);
  if (index >= 0) undoable.splice(index, 1);
}

/** Says that something was done. */
export function toast(message: string): void {
  void show({ message });
}

/** Says that something was not done and why; `kept` says what was not lost. */
export function toastError(error: CombinedError | readonly UserError[] | string, kept = "Nothing was changed."): void {
  if (typeof error === "string") {
    void show({ message: error, bad: true });
    return;
  }
  if ("graphQLErrors" in error) {
    const failure = failureOf(error);
    // The sign-in that opens on top of the page says it already.
    if (failure.kind === "signed-out") return;
    const id = failure.traceId ? ` Quote ${failure.traceId} when you report it.` : "";
    void show({ title: failure.message, message: `${kept}${id}`, bad: true });
    return;
  }
  void show({ title: kept, message: error.map((one) => one.message).join(" "), bad: true });
}

/** Says that something was done and offers Undo, also on Ctrl Z, while the toast is open. */
export function toastUndo(message: string, onUndo: () => Promise<unknown>): void {
  const id = `undo-${Date.now()}-${undoable.length}`;
  undoable.push({ id, undo: onUndo });
  void show({ id, message, onClose: () => dropUndo(id), onUndo: () => runUndo(id) });
}

async function runUndo(id: string): Promise<void> {
  const entry = undoable.find((one) => one.id === id);
  if (!entry) return;
  dropUndo(id);
  const { hideToast } = await import("./toast-show.tsx");
  hideToast(id);
  await entry.undo();
}

/** Undoes the last act whose toast is still open; answers whether there was one. */
export function undoLast(): boolean {
  const last = undoable.at(-1);
  if (last) void runUndo(last.id);
  return last !== undefined;
}
