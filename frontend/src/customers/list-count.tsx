import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type VariablesOf } from "../graphql.ts";
import { formatNumber } from "../ui/values.tsx";

export const CountQuery = graphql(`
  query CustomerCount($search: String, $where: CustomerWhere) {
    customers(first: 0, search: $search, where: $where) { totalCount { count precision } }
  }
`);

export type CountVariables = VariablesOf<typeof CountQuery>;

/** How many there are; asked once the list itself is there. */
export function ListCount({ variables, wait }: { variables: CountVariables; wait: boolean }) {
  const context = useMemo(() => ({ additionalTypenames: ["Customer"] }), []);
  const [{ data, stale, fetching }] = useQuery({ query: CountQuery, variables, pause: wait, context });
  if (!data) return null;
  const { count, precision } = data.customers.totalCount;
  // "Over" where the server stopped counting: it counts one more than it says.
  const text = precision === "EXACT" ? formatNumber(count) : `${formatNumber(Math.floor(count / 10) * 10)}+`;
  return <span style={{ opacity: stale || fetching ? 0.6 : 1 }} data-testid="count">{text}</span>;
}
