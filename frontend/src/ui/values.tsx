import { Text } from "@mantine/core";
import { useSyncExternalStore } from "react";
import type { ReactNode } from "react";

const WEEK_SECONDS = 7 * 24 * 3600;
const STEPS: [limit: number, size: number, unit: string][] = [
  [3600, 60, "min"],
  [24 * 3600, 3600, "h"],
  [WEEK_SECONDS, 24 * 3600, "d"],
];

/** "3 h ago" up to a week, then "12 Mar 2026". */
export function relativeTime(at: string | Date, now: number = Date.now()): string {
  const date = new Date(at);
  const seconds = Math.round((now - date.getTime()) / 1000);
  const age = Math.abs(seconds);
  if (age >= WEEK_SECONDS) return plainDate(date);
  // The clock of the page moves twice a minute, and that of the server may be a little ahead.
  if (age < 60) return "just now";
  for (const [limit, size, unit] of STEPS) {
    if (age < limit) return seconds < 0 ? `in ${Math.floor(age / size)} ${unit}` : `${Math.floor(age / size)} ${unit} ago`;
  }
  return plainDate(date);
}

/** "12 Mar 2026". A date without a time stands in no zone and is not moved by one. */
export function plainDate(at: string | Date): string {
  const bare = typeof at === "string" && /^\d{4}-\d{2}-\d{2}$/.test(at);
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat("en-GB", bare ? { ...options, timeZone: "UTC" } : options).format(new Date(at));
}

/** "March 2026": of a moment that was cut to its month, in UTC. */
export function monthOf(at: string): string {
  return new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(at));
}

/** "12 Mar 2026, 14:02:31 CET". */
export function exactTime(at: string | Date): string {
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  }).format(new Date(at));
}

// One clock for every relative time on the page, so that a list of 50 rows sets one timer.
let minute = Date.now();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
function watch(onTick: () => void): () => void {
  watchers.add(onTick);
  timer ??= setInterval(() => {
    minute = Date.now();
    for (const watcher of watchers) watcher();
  }, 30_000);
  return () => {
    watchers.delete(onTick);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A moment: relative up to a week, then a date; the exact time and zone on hover. A missing one is a dash. */
export function RelativeTime({ at }: { at: string | null | undefined }) {
  const now = useSyncExternalStore(watch, () => minute);
  if (!at) return <Missing />;
  const text = relativeTime(at, Math.max(now, minute));
  return (
    <time dateTime={at} title={exactTime(at)} style={{ whiteSpace: "nowrap" }}>{text}</time>
  );
}

/** A number with the separators of the browser's locale. */
export function formatNumber(value: number): string {
  return new Intl.NumberFormat().format(value);
}

/** A number in tabular figures; a missing one is a dash. */
export function Num({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? <Missing /> : <span className="num">{formatNumber(value)}</span>;
}

/** "1 customer", "1,204 customers". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** "14 kB", "3.2 MB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 }).format(value)} ${units[power]}`;
}

/** "4 s", "2 min 10 s", "1 h 5 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** What stands where there is no value. */
export function Missing() {
  return <Text component="span" inherit c="dimmed" aria-label="none">–</Text>;
}

/** The value, or a dash where there is none. */
export function OrMissing({ children }: { children: ReactNode }) {
  const empty = children === null || children === undefined || children === "";
  return empty ? <Missing /> : children;
}
