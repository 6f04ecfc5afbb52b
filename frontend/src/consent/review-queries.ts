import { graphql, type ResultOf } from "../graphql.ts";

/** What imports brought without proof, newest first. */
export const QuarantineQuery = graphql(`
  query ConsentQuarantine($status: QuarantineStatus, $why: QuarantineReason, $first: Int, $after: String, $last: Int, $before: String) {
    consentQuarantine(status: $status, why: $why, first: $first, after: $after, last: $last, before: $before) {
      nodes {
        id at status row identifier topic channel purpose list term state collectedAt basis source why message reviewedAt
        run { id fileName } customer { id displayName } reviewedBy { name }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

/** A consent that waits for a decision. */
export type Held = ResultOf<typeof QuarantineQuery>["consentQuarantine"]["nodes"][number];

export const ReviewMutation = graphql(`
  mutation ConsentQuarantineReview($input: ConsentQuarantineReviewInput!) {
    consentQuarantineReview(input: $input) {
      applied
      results { index id ok appliedAs errors { code message path } }
      errors { code message path }
    }
  }
`);
