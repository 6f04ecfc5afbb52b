// What rows come to, in words and in numbers that add up.
import { formatNumber, plural } from "../ui/values.tsx";

export const OUTCOMES = ["CREATE", "UPDATE", "UNCHANGED", "SKIPPED", "INVALID", "CONFLICT", "DRIFTED"] as const;
export type Outcome = (typeof OUTCOMES)[number];

type Counts = readonly { name: string; count: number }[];
type Tone = "good" | "warn" | "bad" | "going" | "quiet";

interface Words {
  /** While it is a plan. */
  plan: string;
  /** When it has been done. */
  done: string;
  tone: Tone;
  about: string;
}

export const WORDS: Record<Outcome, Words> = {
  CREATE: { plan: "Create", done: "Created", tone: "good", about: "Customers that are new" },
  UPDATE: { plan: "Update", done: "Updated", tone: "going", about: "Customers that gain or change something" },
  UNCHANGED: { plan: "Unchanged", done: "Unchanged", tone: "quiet", about: "All of it stands there already" },
  SKIPPED: { plan: "Skipped", done: "Skipped", tone: "quiet", about: "Neither a reference id nor an email" },
  INVALID: { plan: "Invalid", done: "Invalid", tone: "bad", about: "A value cannot be read" },
  CONFLICT: { plan: "Conflict", done: "Conflict", tone: "warn", about: "It is not clear which customer is meant" },
  DRIFTED: { plan: "Drifted", done: "Drifted", tone: "warn", about: "The customer changed since the plan; not written" },
};

export interface Tile {
  outcome: Outcome;
  count: number;
}

function countOf(counts: Counts, name: string): number {
  return counts.find((one) => one.name === name)?.count ?? 0;
}

/** One tile for each outcome; drifted rows, which a plan cannot have, only where there are some. */
export function tilesOf(counts: Counts): Tile[] {
  return OUTCOMES.map((outcome) => ({ outcome, count: countOf(counts, outcome) })).filter((tile) => tile.outcome !== "DRIFTED" || tile.count > 0);
}

/** How many rows have come to something. */
export function sumOf(counts: Counts): number {
  return counts.reduce((sum, one) => sum + one.count, 0);
}

/** "7 rows read = 4 created + 1 updated + 2 invalid": what is left of the rows stands there too, so that it always adds up. */
export function sumText(counts: Counts, rowsRead: number, phase: "plan" | "done", rest: string): string {
  const parts = tilesOf(counts).filter((tile) => tile.count > 0)
    .map((tile) => `${formatNumber(tile.count)} ${phase === "plan" ? planWord(tile.outcome) : WORDS[tile.outcome].done.toLowerCase()}`);
  const missing = rowsRead - sumOf(counts);
  if (missing > 0) parts.push(`${formatNumber(missing)} ${rest}`);
  return `${plural(rowsRead, "row")} read${parts.length > 0 ? ` = ${parts.join(" + ")}` : ""}`;
}

function planWord(outcome: Outcome): string {
  const word = WORDS[outcome].plan.toLowerCase();
  if (outcome === "CREATE" || outcome === "UPDATE") return `to ${word}`;
  return outcome === "CONFLICT" ? "in conflict" : word;
}

/** What applying will do: "Create 412, update 96". Undefined where it would do nothing. */
export function applyText(planned: Counts): string | undefined {
  const [create, update] = [countOf(planned, "CREATE"), countOf(planned, "UPDATE")];
  if (create > 0 && update > 0) return `Create ${formatNumber(create)}, update ${formatNumber(update)}`;
  if (create > 0) return `Create ${formatNumber(create)}`;
  return update > 0 ? `Update ${formatNumber(update)}` : undefined;
}

/** How many rows the error file holds: those that can be corrected and uploaded again. */
export function correctable(counts: Counts): number {
  return ["SKIPPED", "INVALID", "CONFLICT", "DRIFTED"].reduce((sum, name) => sum + countOf(counts, name), 0);
}
