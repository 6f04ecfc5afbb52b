import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { useCursors } from "../ui/cursors.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Pager } from "../ui/pager.tsx";
import { EmptyState } from "../ui/states.tsx";
import { RelativeTime } from "../ui/values.tsx";

export const AccessLogQuery = graphql(`
  query CustomerAccessLog($id: ID!, $after: String) {
    customer(id: $id) {
      id
      accessLog(first: 20, after: $after) {
        nodes { id at action fields actor { kind name } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

type Entry = NonNullable<ResultOf<typeof AccessLogQuery>["customer"]>["accessLog"]["nodes"][number];

const WORDS: Record<string, string> = { "profile.opened": "Opened the profile", "bank.read": "Saw bank accounts unmasked", "profile.copied": "Made a copy for the person" };

const columns: Column<Entry>[] = [
  { id: "at", header: "When", cell: (entry) => <RelativeTime at={entry.at} /> },
  { id: "who", header: "Who", cell: (entry) => entry.actor.name, grow: 30 },
  { id: "what", header: "What", cell: (entry) => WORDS[entry.action] ?? entry.action, grow: 40 },
];

/** Who opened the profile and who saw its bank accounts. */
export function AccessLog({ id }: { id: string }) {
  const cursors = useCursors();
  const [{ data, error, fetching }, ask] = useQuery({ query: AccessLogQuery, variables: { id, after: cursors.after }, requestPolicy: "cache-first" });
  const page = data?.customer?.accessLog;
  return (
    <>
      <DataTable label="Who opened it" columns={columns} rows={page?.nodes} rowId={(entry) => entry.id} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={6} empty={<EmptyState title="Nobody opened it yet" />} />
      <Pager onBack={cursors.back} onForward={cursors.forward(page?.pageInfo)} />
    </>
  );
}
