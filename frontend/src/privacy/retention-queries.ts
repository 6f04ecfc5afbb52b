import { graphql, type ResultOf, type VariablesOf } from "../graphql.ts";

export const PoliciesQuery = graphql(`
  query RetentionPolicies {
    retentionPolicies { id name kind ageOf days act except enabled noticeDays noticedAt firstRunAfter error { code message } version updatedAt updatedBy { kind name } }
  }
`);

export type Policy = ResultOf<typeof PoliciesQuery>["retentionPolicies"][number];

export const PolicyCreate = graphql(`
  mutation RetentionPolicyCreate($input: RetentionPolicyCreateInput!) {
    retentionPolicyCreate(input: $input) { policy { id name } applied errors { code message path } }
  }
`);

export const PolicyUpdate = graphql(`
  mutation RetentionPolicyUpdate($id: ID!, $input: RetentionPolicyUpdateInput!) {
    retentionPolicyUpdate(id: $id, input: $input) { policy { id name enabled firstRunAfter } applied errors { code message path } }
  }
`);

export const PolicyDelete = graphql(`
  mutation RetentionPolicyDelete($id: ID!, $input: RetentionPolicyDeleteInput!) {
    retentionPolicyDelete(id: $id, input: $input) { applied errors { code message path } }
  }
`);

export type PolicyInput = VariablesOf<typeof PolicyCreate>["input"];

/** Who goes within 90 days, and who would but for a hold or an exemption. */
export const ForecastQuery = graphql(`
  query RetentionForecast($policy: ID!, $first: Int!, $after: String, $blocked: Boolean) {
    retentionForecast(policy: $policy, first: $first, after: $after, blocked: $blocked) {
      nodes { customer { id displayName } dueAt goesAt blockedBy until }
      days { day go blocked }
      totals { go blocked }
      firstRunAt
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type Forecast = ResultOf<typeof ForecastQuery>["retentionForecast"];
export type ForecastRow = Forecast["nodes"][number];
export type ForecastDay = Forecast["days"][number];
