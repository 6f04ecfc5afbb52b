import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, KeyboardEvent, ReactNode, Ref } from "react";
import styles from "./tabs.module.css";

/** Tabs whose places stand in the address: Tab reaches the chosen one, the arrow keys go from there to the others. */
export function TabList({ label, children }: { label: string; children: ReactNode }) {
  return <div className={styles.tabs} role="tablist" aria-label={label}>{children}</div>;
}

type TabProps = AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement>; name: string; selected: boolean };

/** One of them; what it opens has the id `tab` and is labelled by `tab-<name>`. */
export const TabLink = createLink(({ name, selected, children, ...props }: TabProps) => (
  <a {...props} id={`tab-${name}`} role="tab" aria-selected={selected} aria-controls="tab" tabIndex={selected ? 0 : -1} className={styles.tab} onKeyDown={step}>{children}</a>
));

function step(event: KeyboardEvent<HTMLElement>): void {
  const tabs = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])];
  const at = tabs.indexOf(event.currentTarget);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const one = tabs.at(next % tabs.length);
  one?.focus();
  one?.click();
}
