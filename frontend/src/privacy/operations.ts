import type { Operation } from "../ui/operation.ts";
import { AnonymizeMutation, CustomerPrivacyQuery, EraseMutation, HoldMutation } from "./queries.ts";

/** The requests of a profile that are about keeping and letting go, for Copy as GraphQL. */
export function privacyOperations(id: string): Operation[] {
  return [
    { title: "What keeps or takes it", document: CustomerPrivacyQuery, variables: { id, runs: true } },
    { title: "A hold", document: HoldMutation, variables: { id, input: { reason: "Law suit", until: null } } },
    { title: "Anonymize", document: AnonymizeMutation, variables: { id, input: { reason: "Closed the account", suppress: false } } },
    { title: "Erase", document: EraseMutation, variables: { id, input: { reason: "Asked for by letter", graceDays: 7 } } },
  ];
}
