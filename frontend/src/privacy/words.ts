// What acts, holds and policies are called, and what they come to in one sentence.
import { formatNumber, plainDate, plural } from "../ui/values.tsx";
import type { Act, CustomerPrivacy, Privacy } from "./queries.ts";
import type { Forecast, Policy } from "./retention-queries.ts";

export const ACTS: Record<Act, { verb: string; done: string; doing: string; noun: string; permission: string }> = {
  ANONYMIZE: { verb: "Anonymize", done: "anonymized", doing: "Anonymizing", noun: "anonymization", permission: "customer.anonymize" },
  ERASE: { verb: "Erase", done: "erased", doing: "Erasing", noun: "erasure", permission: "customer.erase" },
};

export const DOES: Record<Privacy["fields"][number]["does"], { word: string; tone: "bad" | "warn" | "good" }> = {
  REMOVE: { word: "Removed", tone: "bad" },
  GENERALIZE: { word: "Made coarse", tone: "warn" },
  KEEP: { word: "Kept", tone: "good" },
};

type Hold = NonNullable<CustomerPrivacy["hold"]>;

/** "until 3 Feb 2027"; a hold that ends with a day says so, as its moment lies in the next one. */
export function untilText(until: string | null | undefined): string {
  if (!until) return "until it is lifted";
  const end = new Date(until);
  const midnight = end.getHours() === 0 && end.getMinutes() === 0;
  return midnight ? `until the end of ${plainDate(new Date(end.getTime() - 1))}` : `until ${plainDate(end)}`;
}

/** "On hold until 3 Feb 2027", or until somebody lifts it. */
export function holdText({ until }: Pick<Hold, "until">): string {
  return `On hold ${untilText(until)}`;
}

type Retention = NonNullable<CustomerPrivacy["retention"]>;

/** "Will be anonymized on 3 Feb 2027 by the policy “Old customers”", or why not. */
export function retentionText({ act, goesAt, blockedBy, until, policy }: Retention): string {
  const { done } = ACTS[act];
  if (!blockedBy) return `Will be ${done} ${goesAt ? `on ${plainDate(goesAt)} ` : ""}by the policy “${policy.name}”`;
  return `Not ${done} by the policy “${policy.name}”: ${blockText(blockedBy, until)}`;
}

/** Why somebody stays: "on hold until 3 Feb 2027". */
export function blockText(by: NonNullable<Retention["blockedBy"]>, until: string | null | undefined): string {
  return by === "EXEMPTION" ? "meets the exemption" : `on hold ${untilText(until)}`;
}

const DAY_MS = 24 * 3600 * 1000;
const KINDS = { KNOWN: "known customers", ANONYMOUS: "anonymous customers" } as const;
const AGES: Record<Policy["ageOf"], string> = { CREATED: "after they were created", UPDATED: "after their last change", LAST_SEEN: "after they were last seen" };
export const AGE_OPTIONS: Record<Policy["ageOf"], string> = { CREATED: "They were created", UPDATED: "Their profile last changed", LAST_SEEN: "They were last seen" };

/** Whole years of 365 days as years, everything else in days: a month has no fixed number of them. */
export function daysText(days: number): string {
  return days > 0 && days % 365 === 0 ? plural(days / 365, "year") : plural(days, "day");
}

/** "Anonymize known customers 2 years after they were last seen". */
export function policyText({ act, kind, ageOf, days }: Pick<Policy, "act" | "kind" | "ageOf" | "days">): string {
  return `${ACTS[act].verb} ${kind ? KINDS[kind] : "customers"} ${daysText(days)} ${AGES[ageOf]}`;
}

/** What a plan says of those whom it leaves out: "3 on hold, 2 not there any more". */
export function leftOutText({ held, missing }: Pick<Privacy, "held" | "missing">): string {
  return [held > 0 && `${formatNumber(held)} on hold`, missing > 0 && `${formatNumber(missing)} not there any more`].filter(Boolean).join(", ");
}

/** "created_at:2024-03" -> "Created at: 2024-03". */
export function figureWord(name: string): string {
  const [field = "", value] = name.split(":");
  const words = field.replaceAll("_", " ");
  const label = words.charAt(0).toUpperCase() + words.slice(1);
  return value === undefined ? label : `${label}: ${value}`;
}

interface Figure {
  name: string;
  before: number;
  after: number;
}

/** The figures before and after beside each other; what differs stands first. */
export function figureRows({ before, after }: NonNullable<Privacy["figures"]>): Figure[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  const count = (counts: typeof before, name: string) => counts.find((one) => one.name === name)?.count ?? 0;
  const rows = names.map((name) => ({ name, before: count(before, name), after: count(after, name) }));
  return [...rows.filter((row) => row.before !== row.after), ...rows.filter((row) => row.before === row.after)];
}

/** How many go on the day of the first run; the rest comes of age later. */
export function firstRunCount({ days, firstRunAt }: Pick<Forecast, "days" | "firstRunAt">): number {
  // Days are sorted, and those of the installation's time zone, which may be another than the reader's: the first with anybody
  // is the day of the first run or later.
  const first = days.find(({ go }) => go > 0);
  return first && Math.abs(Date.parse(`${first.day}T12:00:00Z`) - Date.parse(firstRunAt)) < DAY_MS ? first.go : 0;
}

/** Whether a moment is still to come. */
export function isAhead(at: string): boolean {
  return Date.parse(at) > Date.now();
}

/** Today where the reader is, as 2026-03-12. */
export function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

/** "12 Mar 2026, 03:00 CET": the moment of something to come, where seconds say nothing. */
export function momentText(at: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(new Date(at));
}
