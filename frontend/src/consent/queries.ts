import { graphql, type ResultOf } from "../graphql.ts";

/** What can be agreed to. */
export const AgreementsQuery = graphql(`
  query Agreements {
    purposes { key name about allowUnknown allowImplicit archivedAt }
    terms { key name about archivedAt versions { version effectiveFrom texts { locale text textHash } } }
    lists { key name about channel doubleOptIn archivedAt purpose { key name } }
  }
`);

export type Agreements = ResultOf<typeof AgreementsQuery>;
export type Purpose = Agreements["purposes"][number];
export type Term = Agreements["terms"][number];
export type List = Agreements["lists"][number];

/** Everything that a person can be reached by, with what was agreed for each. */
export const IdentifiersQuery = graphql(`
  query CustomerIdentifiers($id: ID!) {
    customer(id: $id) {
      id doNotSell
      identifiers {
        key kind value label primary channels deliverable deliverabilityReason deliverabilityAt lastSeen seenAt
        standings { topic channel purpose list term termVersion state basis collectedAt entryId listStatus }
      }
    }
  }
`);

export const LedgerQuery = graphql(`
  query ConsentLedger($id: ID!, $identifier: ID, $topic: ConsentTopicInput, $after: String) {
    consentLedger(customerId: $id, identifier: $identifier, topic: $topic, first: 20, after: $after) {
      nodes {
        id seq topic channel purpose list term termVersion textHash state basis optInLevel locale collectedAt recordedAt source appliedAs
        identifier identifierKind reason redacted hash
        actor { kind name } evidence { ip userAgent formUrl fileId note } receipt { id jws }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const RecordMutation = graphql(`
  mutation ConsentsRecord($input: ConsentsRecordInput!) {
    consentsRecord(input: $input) {
      applied replayed
      results { index applied entryId appliedAs errors { code message path } }
      errors { code message path }
    }
  }
`);

/** The seven channels at once, for one purpose. */
export const ContactabilityQuery = graphql(`
  query MayContact(
    $email: ContactabilityInput!, $sms: ContactabilityInput!, $phone: ContactabilityInput!, $push: ContactabilityInput!,
    $webPush: ContactabilityInput!, $post: ContactabilityInput!, $inApp: ContactabilityInput!
  ) {
    EMAIL: contactability(input: $email) { allowed identifier reasons { code message allows at } }
    SMS: contactability(input: $sms) { allowed identifier reasons { code message allows at } }
    PHONE: contactability(input: $phone) { allowed identifier reasons { code message allows at } }
    PUSH: contactability(input: $push) { allowed identifier reasons { code message allows at } }
    WEB_PUSH: contactability(input: $webPush) { allowed identifier reasons { code message allows at } }
    POST: contactability(input: $post) { allowed identifier reasons { code message allows at } }
    IN_APP: contactability(input: $inApp) { allowed identifier reasons { code message allows at } }
  }
`);

/** What a new entry in the ledger makes the page ask again. */
export const CHANGED = { additionalTypenames: ["Customer", "ConsentEntry", "Contactability"] };
