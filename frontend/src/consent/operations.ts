import type { Operation } from "../ui/operation.ts";
import { contactVariables } from "./contact-variables.ts";
import { ContactabilityQuery, IdentifiersQuery, LedgerQuery, RecordMutation } from "./queries.ts";

const EXAMPLE = {
  items: [{ identifier: { email: "jane@example.org" }, channel: "EMAIL", purpose: "MARKETING", state: "GRANTED", reason: "Asked for it on the phone", evidence: { note: "Call 1204" } }],
  idempotencyKey: "one key for each thing that was said",
};

/** The requests of the consent tab, for Copy as GraphQL. */
export function consentOperations(id: string): Operation[] {
  return [
    { title: "Identifiers and what was agreed", document: IdentifiersQuery, variables: { id } },
    { title: "May I contact them?", document: ContactabilityQuery, variables: contactVariables(id, "MARKETING") },
    { title: "The ledger", document: LedgerQuery, variables: { id, identifier: null, topic: null, after: null } },
    { title: "Recording consent", document: RecordMutation, variables: { input: EXAMPLE } },
  ];
}
