import { graphql, type ResultOf } from "../graphql.ts";

export const PurposesQuery = graphql(`
  query Purposes {
    purposes { key name about archivedAt }
  }
`);

export const TermsQuery = graphql(`
  query Terms {
    terms { key name about archivedAt versions { version effectiveFrom createdAt texts { locale } } }
  }
`);

export const TermQuery = graphql(`
  query Term($key: String!) {
    term(key: $key) {
      key name about archivedAt
      versions { version effectiveFrom createdAt createdBy { id kind name } texts { locale text textHash } }
    }
  }
`);

export const ListsQuery = graphql(`
  query SubscriptionLists {
    lists { key name about channel doubleOptIn archivedAt purpose { key name archivedAt } }
  }
`);

/** Apart: the lists are there before they are counted. */
export const ListCountsQuery = graphql(`
  query SubscriptionListCounts {
    lists { key counts { subscribed unsubscribed pending cleaned } }
  }
`);

export const PurposeCreate = graphql(`
  mutation PurposeCreate($input: PurposeCreateInput!) {
    purposeCreate(input: $input) { purpose { key name } applied errors { code message path } }
  }
`);

export const PurposeUpdate = graphql(`
  mutation PurposeUpdate($key: String!, $input: PurposeUpdateInput!) {
    purposeUpdate(key: $key, input: $input) { purpose { key name about archivedAt } applied errors { code message path } }
  }
`);

export const TermCreate = graphql(`
  mutation TermCreate($input: TermCreateInput!) {
    termCreate(input: $input) { term { key name } applied errors { code message path } }
  }
`);

export const TermUpdate = graphql(`
  mutation TermUpdate($key: String!, $input: TermUpdateInput!) {
    termUpdate(key: $key, input: $input) { term { key name about archivedAt } applied errors { code message path } }
  }
`);

export const TermVersionAdd = graphql(`
  mutation TermVersionAdd($key: String!, $input: TermVersionAddInput!) {
    termVersionAdd(key: $key, input: $input) { term { key versions { version effectiveFrom } } applied errors { code message path } }
  }
`);

export const ListCreate = graphql(`
  mutation SubscriptionListCreate($input: ListCreateInput!) {
    listCreate(input: $input) { list { key name } applied errors { code message path } }
  }
`);

export const ListUpdate = graphql(`
  mutation SubscriptionListUpdate($key: String!, $input: ListUpdateInput!) {
    listUpdate(key: $key, input: $input) { list { key name about doubleOptIn archivedAt } applied errors { code message path } }
  }
`);

export type PurposeRow = ResultOf<typeof PurposesQuery>["purposes"][number];
export type TermRow = ResultOf<typeof TermsQuery>["terms"][number];
export type Term = NonNullable<ResultOf<typeof TermQuery>["term"]>;
export type Version = Term["versions"][number];
export type ListCounts = ResultOf<typeof ListCountsQuery>["lists"][number]["counts"];
export type ListRow = ResultOf<typeof ListsQuery>["lists"][number];
