// Filters by what people agreed to: no declared fields, but conditions of their own in `where`. A chip's value is the condition.
import type { Json } from "../graphql.ts";
import type { Target } from "./filters.ts";
import { enumWord } from "./words.ts";

const target = (path: string, label: string): Target => ({ path, label, type: "CONSENT", operators: ["is"], options: [] });

export const CONSENT_TARGETS: readonly Target[] = [
  target("consent", "Consent"), target("reachable", "Reachable"), target("list", "On a list"), target("term", "Terms"), target("doNotSell", "Do not sell"),
];

/** Whether a value out of an address has the form of a condition; which one, the API says. */
export function isConsent(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const said = (value: Json | undefined) => (typeof value === "string" ? enumWord(value).replace(/^Sms$/, "SMS") : "");

/** "Email, Marketing: Granted or Pending". */
export function consentText(value: Json): string {
  if (!isConsent(value)) return "";
  const { channel, purpose, list, term, version, accepted, eq } = value;
  const about = [said(channel), said(purpose), list, term, typeof version === "number" && `version ${version}`].filter(Boolean).join(", ");
  const states = Array.isArray(value["in"]) ? value["in"].map(said).join(" or ") : accepted === undefined ? (eq === false ? "no" : "yes") : accepted === false ? "not accepted" : "accepted";
  return about ? `${about}: ${states}` : states;
}
