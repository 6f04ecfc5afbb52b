import { useEffect } from "react";

let current: string | undefined;
const watchers = new Set<() => void>();

function set(name: string | undefined): void {
  current = name;
  for (const watcher of watchers) watcher();
}

/** Names the page in the top bar by what is on it: `useCrumb(customer?.displayName)`. */
export function useCrumb(name: string | undefined): void {
  useEffect(() => {
    set(name);
    return () => set(undefined);
  }, [name]);
}

export const crumbName = () => current;

export function watchCrumb(onChange: () => void): () => void {
  watchers.add(onChange);
  return () => watchers.delete(onChange);
}
