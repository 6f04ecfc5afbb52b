// How consent is said: every state has a colour and a word.
import type { ResultOf } from "../graphql.ts";
import { Status, type Tone } from "../ui/status.tsx";
import type { IdentifiersQuery, LedgerQuery } from "./queries.ts";

export type Identifier = NonNullable<ResultOf<typeof IdentifiersQuery>["customer"]>["identifiers"][number];
export type Standing = Identifier["standings"][number];
export type Entry = ResultOf<typeof LedgerQuery>["consentLedger"]["nodes"][number];
export type State = Standing["state"];
export type Channel = Identifier["channels"][number];
export type ListStatus = NonNullable<Standing["listStatus"]>;

export const CHANNELS: readonly Channel[] = ["EMAIL", "SMS", "PHONE", "PUSH", "WEB_PUSH", "POST", "IN_APP"];

const CHANNEL_WORDS: Record<Channel, string> = {
  EMAIL: "Email", SMS: "SMS", PHONE: "Phone calls", PUSH: "Mobile push", WEB_PUSH: "Web push", POST: "Post", IN_APP: "In the app",
};
export const channelWord = (channel: Channel) => CHANNEL_WORDS[channel];

export const KINDS: Record<Identifier["kind"], string> = {
  EMAIL: "Email", PHONE: "Phone", PUSH: "Mobile push", WEB_PUSH: "Web push", REFERENCE_ID: "Reference id", CUSTOMER: "The person",
};

export const STATES: Record<State, [Tone, string]> = {
  GRANTED: ["good", "Granted"], PENDING: ["going", "Pending"], UNKNOWN: ["quiet", "Unknown"],
  WITHDRAWN: ["bad", "Withdrawn"], DENIED: ["bad", "Denied"], EXPIRED: ["warn", "Expired"],
};

/** A state of consent: a colour and a word; what was never recorded is unknown. */
export function StateMark({ state }: { state: State }) {
  const [tone, word] = STATES[state];
  return <Status tone={tone}>{word}</Status>;
}

export const LIST_STATES: Record<ListStatus, [Tone, string]> = {
  SUBSCRIBED: ["good", "Subscribed"], PENDING: ["going", "Pending"], UNSUBSCRIBED: ["quiet", "Unsubscribed"], CLEANED: ["warn", "Cleaned"],
};

export function ListMark({ status }: { status: ListStatus }) {
  const [tone, word] = LIST_STATES[status];
  return <Status tone={tone}>{word}</Status>;
}

export const DELIVERABILITY: Record<NonNullable<Identifier["deliverabilityReason"]>, string> = {
  HARD_BOUNCE: "bounced", SOFT_BOUNCE: "bounces for now", SPAM_REPORT: "spam report", UNINSTALLED: "app removed",
  INVALID: "malformed", RETURNED: "came back", EXPIRED: "run out", OTHER: "other reason", UNKNOWN: "no reason given",
};

export const BASES: Record<Entry["basis"], string> = {
  EXPLICIT: "Explicit: ticked or said so", IMPLICIT: "Implicit: data given for business", DOUBLE_OPT_IN: "Double opt-in: confirmed by mail", IMPORTED: "Imported",
};

export const OPT_INS: Record<Entry["optInLevel"], string> = { SINGLE: "single", CONFIRMED: "confirmed", UNKNOWN: "level unknown" };

export const SOURCES: Record<Entry["source"], string> = {
  FORM: "A form", PARTNER: "A partner system", CONFIRM: "The confirmation mail", ADMIN: "This app", UNSUBSCRIBE: "The unsubscribe page", IMPORT: "An import",
};

/** What became of an entry, where it is not simply the state now. */
export const APPLIED: Record<Entry["appliedAs"], { tone: Tone; word: string; why: string }> = {
  CURRENT: { tone: "good", word: "Applied", why: "It is the state now." },
  NO_CHANGE: { tone: "quiet", word: "No change", why: "The state was this already; the proof is kept." },
  SUPERSEDED: { tone: "warn", word: "Superseded", why: "A newer entry stands. This one is kept in the history." },
  BLOCKED: { tone: "bad", word: "Blocked", why: "The person refused before, and this is not enough to lift a refusal. It is kept in the history, and the refusal stands." },
};

/** The name of something with a key; what was archived and is gone keeps its key as a name. */
export function nameOf(things: readonly { key: string; name: string }[] | undefined, key: string | null): string {
  return things?.find((one) => one.key === key)?.name ?? key ?? "";
}
