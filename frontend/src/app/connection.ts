import { useSyncExternalStore } from "react";

interface State {
  /** The server did not answer the last time, or the browser says that it has no network. */
  offline: boolean;
  /** The session ended while a page was open: the sign-in lies on top of it. */
  ended: boolean;
}

let state: State = { offline: false, ended: false };
const watchers = new Set<() => void>();

function set(change: Partial<State>): void {
  const next = { ...state, ...change };
  if (next.offline === state.offline && next.ended === state.ended) return;
  state = next;
  for (const watcher of watchers) watcher();
}

/** What is known about the way to the server. */
export const connection = {
  reached: () => set({ offline: false }),
  lost: () => set({ offline: true }),
  sessionEnded: () => set({ ended: true }),
  sessionBegan: () => set({ ended: false }),
};

window.addEventListener("offline", connection.lost);
window.addEventListener("online", connection.reached);

function watch(onChange: () => void): () => void {
  watchers.add(onChange);
  return () => watchers.delete(onChange);
}

/** Whether the server can be reached and the session lasts. */
export function useConnection(): State {
  return useSyncExternalStore(watch, () => state);
}
