import { graphql, type ResultOf, type VariablesOf } from "../graphql.ts";

export const AnonymizeMutation = graphql(`
  mutation CustomerAnonymize($id: ID!, $input: CustomerAnonymizeInput!) {
    customerAnonymize(id: $id, input: $input) { run { id kind status title } applied errors { code message path } }
  }
`);

export const EraseMutation = graphql(`
  mutation CustomerErase($id: ID!, $input: CustomerEraseInput!) {
    customerErase(id: $id, input: $input) { run { id kind status title } applied errors { code message path } }
  }
`);

export const PlanMutation = graphql(`
  mutation PrivacyPlan($input: PrivacyPlanInput!) {
    privacyPlan(input: $input) { run { id kind status title } count { count precision } applied errors { code message path } }
  }
`);

export const ApplyMutation = graphql(`
  mutation PrivacyApply($id: ID!, $input: PrivacyApplyInput!) {
    privacyApply(id: $id, input: $input) { run { id kind phase status } applied errors { code message path } }
  }
`);

export const HoldMutation = graphql(`
  mutation CustomerHold($id: ID!, $input: CustomerHoldInput!) {
    customerHold(id: $id, input: $input) { customer { id } applied errors { code message path } }
  }
`);

export const HoldLiftMutation = graphql(`
  mutation CustomerHoldLift($id: ID!, $input: CustomerHoldLiftInput!) {
    customerHoldLift(id: $id, input: $input) { customer { id } applied errors { code message path } }
  }
`);

/** What keeps a customer, or will take her away. */
export const CustomerPrivacyQuery = graphql(`
  query CustomerPrivacy($id: ID!, $runs: Boolean!) {
    customer(id: $id) {
      id anonymizedAt
      hold { reason until at by { kind name } }
      retention { policy { id name } act goesAt blockedBy until }
      privacyRequest @include(if: $runs) { id kind phase status cancelRequested createdBy { kind name } privacy { act reason applyAt } }
    }
  }
`);

export type CustomerPrivacy = NonNullable<ResultOf<typeof CustomerPrivacyQuery>["customer"]>;

/** What an anonymization or erasure will do, and did. */
export const PrivacyRunQuery = graphql(`
  query PrivacyRun($id: ID!) {
    run(id: $id) {
      id
      privacy {
        act reason suppress applyAt customers held missing
        policy { id name }
        fields { name label does customers }
        collections { collection about cleared searched found }
        figures { before { name count } after { name count } same }
        certificate { at clean name }
      }
    }
  }
`);

/** Asked for with a click: of many persons it is large. */
export const CertificateQuery = graphql(`
  query PrivacyCertificate($id: ID!) { run(id: $id) { id privacy { certificate { name signed } } } }
`);

export type Privacy = NonNullable<NonNullable<ResultOf<typeof PrivacyRunQuery>["run"]>["privacy"]>;
export type Act = Privacy["act"];
export type PlanInput = VariablesOf<typeof PlanMutation>["input"];

export const RequestsQuery = graphql(`
  query PrivacyRequests($first: Int!, $after: String) {
    runs(first: $first, after: $after, kind: [ANONYMIZE, ERASE]) {
      nodes {
        id kind phase status title createdAt createdBy { id kind name } processed total cancelRequested
        privacy { act reason applyAt customers held policy { id name } certificate { at clean } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type RequestRow = ResultOf<typeof RequestsQuery>["runs"]["nodes"][number];

export const SuppressionQuery = graphql(`
  query Suppression($kind: IdentifierKind!, $value: String!) {
    suppression(kind: $kind, value: $value) { suppressed at }
  }
`);

export const SuppressionLiftMutation = graphql(`
  mutation SuppressionLift($input: SuppressionLiftInput!) {
    suppressionLift(input: $input) { suppression { suppressed at } applied errors { code message path } }
  }
`);

export type IdentifierKind = VariablesOf<typeof SuppressionQuery>["kind"];

/** An address that is looked up. */
export interface Wanted {
  kind: IdentifierKind;
  value: string;
}
