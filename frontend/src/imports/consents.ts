// What somebody says of a file's consents, and what they come to. It lives in the address beside the columns.
import type { ResultOf, VariablesOf } from "../graphql.ts";
import { formatNumber } from "../ui/values.tsx";
import { type Column, isUsed } from "./mapping.ts";
import type { ImportDetailsQuery, ImportPlan } from "./queries.ts";

type Stated = NonNullable<VariablesOf<typeof ImportPlan>["input"]["consent"]>;
export type Basis = NonNullable<Stated["basis"]>;
export type Consents = NonNullable<NonNullable<NonNullable<ResultOf<typeof ImportDetailsQuery>["run"]>["import"]>["consents"]>;
export type ConsentOutcome = Consents["planned"][number]["outcome"];

/** What proves the consents of a file; all three are needed for a yes. */
export interface Proof {
  basis?: Basis | undefined;
  note?: string | undefined;
  /** A day, yyyy-mm-dd. */
  day?: string | undefined;
}

export const BASES: Record<Basis, string> = {
  EXPLICIT: "Explicit: ticked or said so", IMPLICIT: "Implicit: data given for business", DOUBLE_OPT_IN: "Double opt-in: confirmed by mail", IMPORTED: "Taken over from another system",
};

export const COLLECTED_AT = "consent.collected_at";

/** Reads what was stated from an address; what makes no sense is left out. */
export function readProof(value: unknown): Proof {
  if (typeof value !== "object" || value === null) return {};
  const { basis, note, day } = value as Record<string, unknown>;
  return {
    ...(typeof basis === "string" && basis in BASES && { basis: basis as Basis }),
    ...(typeof note === "string" && note !== "" && { note }),
    ...(typeof day === "string" && /^\d{4}-\d\d-\d\d$/.test(day) && { day }),
  };
}

/** Whether a column holds consents. */
function isConsent({ target }: Pick<Column, "target">): boolean {
  return target !== null && target !== COLLECTED_AT && (target === "terms" || target.startsWith("consent.") || target.startsWith("list."));
}

/** Whether the file brings consents at all. */
export function bringsConsents(columns: readonly Column[]): boolean {
  return columns.some((column) => isUsed(column) && isConsent(column));
}

/** What a yes would still lack: it waits for a review then. */
export function lacking(columns: readonly Column[], { basis, note, day }: Proof): string[] {
  const hasDate = columns.some((column) => isUsed(column) && column.target === COLLECTED_AT);
  return [...(basis ? [] : ["how they agreed"]), ...(day || hasDate ? [] : ["when"]), ...(note?.trim() ? [] : ["where it comes from"])];
}

/** What `importPlan` takes. */
export function stated({ basis, note, day }: Proof): Stated {
  return { ...(basis && { basis }), ...(note?.trim() && { note: note.trim() }), ...(day && { collectedAt: `${day}T00:00:00Z` }) };
}

/** The same of an earlier plan, to take it up again. */
export function restated(consents: Consents | null): Proof {
  if (!consents) return {};
  return readProof({ basis: consents.basis, note: consents.note, day: consents.collectedAt?.slice(0, 10) });
}

type Tone = "good" | "warn" | "bad" | "quiet";

export const CONSENT_WORDS: Record<ConsentOutcome, { plan: string; done: string; tone: Tone; about: string }> = {
  CURRENT: { plan: "Record", done: "Recorded", tone: "good", about: "They become what the person said last" },
  SUPERSEDED: { plan: "Record as older", done: "Recorded as older", tone: "quiet", about: "Something newer is known" },
  BLOCKED: { plan: "Blocked", done: "Blocked", tone: "bad", about: "The person had said no, and that stands" },
  NO_CHANGE: { plan: "Known already", done: "Known already", tone: "quiet", about: "The same was recorded before" },
  QUARANTINE: { plan: "To review", done: "Waits for review", tone: "warn", about: "Something that proves it is missing" },
  NOT_RECORDED: { plan: "Not recorded", done: "Not recorded", tone: "warn", about: "Nobody can tell whose it is" },
};

/** "3 recorded + 1 blocked". */
export function consentText(counts: Consents["planned"], phase: "plan" | "done"): string {
  return counts.map(({ outcome, count }) => `${formatNumber(count)} ${CONSENT_WORDS[outcome][phase].toLowerCase()}`).join(" + ");
}
