// How purposes, terms and lists are said.
import type { Tone } from "../ui/status.tsx";
import { plainDate } from "../ui/values.tsx";
import type { ListRow } from "./queries.ts";

export type Channel = ListRow["channel"];

export const CHANNELS: Record<Channel, string> = {
  EMAIL: "Email", SMS: "SMS", PHONE: "Phone call", PUSH: "Mobile push", WEB_PUSH: "Web push", POST: "Post", IN_APP: "In the app",
};

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

/** "nl-NL" -> "Dutch (Netherlands)"; what is no tag stays as it is. */
export function languageName(tag: string): string {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** "Spring Sale 2026" -> "spring-sale-2026", the key of a term or list. */
export function slugOf(name: string): string {
  return plainLetters(name).toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 64);
}

/** "Market research" -> "MARKET_RESEARCH", the key of a purpose. */
export function purposeKeyOf(name: string): string {
  return plainLetters(name).toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_").replaceAll(/^[_0-9]+|_+$/g, "").slice(0, 40);
}

function plainLetters(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "");
}

interface Begins {
  version: number;
  effectiveFrom: string;
}

/** The version in force: of those that have begun the newest. `versions` is newest first. */
export function inForce<V extends Begins>(versions: readonly V[], now = Date.now()): V | undefined {
  return versions.find((version) => Date.parse(version.effectiveFrom) <= now);
}

/** In force, replaced, or still to come. */
export function versionState(version: Begins, versions: readonly Begins[], now = Date.now()): [Tone, string] {
  if (Date.parse(version.effectiveFrom) > now) return ["going", `From ${plainDate(version.effectiveFrom)}`];
  return version.version === inForce(versions, now)?.version ? ["good", "In force"] : ["quiet", "Replaced"];
}

/** What is in use first, what is archived last, each by name. */
export function inOrder<Row extends { name: string; archivedAt: string | null }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => Number(one.archivedAt !== null) - Number(other.archivedAt !== null) || one.name.localeCompare(other.name));
}
