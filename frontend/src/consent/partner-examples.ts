// What a partner sends, as this installation would take it.
import { graphql } from "../graphql.ts";

const RecordOne = graphql(`
  mutation ConsentRecord($input: ConsentRecordInput!) {
    consentRecord(input: $input) {
      entryId appliedAs replayed
      receipt { id jws }
      errors { code message path }
    }
  }
`);

const RecordMany = graphql(`
  mutation ConsentsRecord($input: ConsentsRecordInput!) {
    consentsRecord(input: $input) {
      results { index entryId appliedAs replayed receipt { id jws } errors { code message path } }
      errors { code message path }
    }
  }
`);

const yes = { identifier: { email: "jane@example.org" }, channel: "EMAIL", purpose: "MARKETING", state: "GRANTED", collectedAt: "2026-03-12T14:02:31Z" } as const;
const no = { identifier: { phone: "+31612345678" }, channel: "SMS", purpose: "MARKETING", state: "WITHDRAWN", collectedAt: "2026-03-12T14:05:00Z" } as const;

export const ONE = {
  document: RecordOne,
  variables: { input: { ...yes, evidence: { formUrl: "https://shop.example/newsletter" }, idempotencyKey: "signup-58213" } },
};

export const MANY = {
  document: RecordMany,
  variables: { input: { items: [{ ...yes, idempotencyKey: "signup-58213" }, { ...no, idempotencyKey: "stop-58214" }] } },
};
