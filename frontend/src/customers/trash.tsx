import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { EmptyState } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { plural, RelativeTime } from "../ui/values.tsx";
import { ActionBar } from "./action-bar.tsx";
import { NameCell } from "./columns.tsx";
import { RestoreMutation, useRestore } from "./restore.ts";

export const TrashQuery = graphql(`
  query CustomersInTrash($first: Int, $after: String, $last: Int, $before: String) {
    customers(trash: true, sort: [{ field: UPDATED, direction: DESC }], first: $first, after: $after, last: $last, before: $before) {
      nodes { id displayName trashedAt updatedBy { name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

type Row = ResultOf<typeof TrashQuery>["customers"]["nodes"][number];
const route = getRouteApi("/shell/trash");
const SIZE = 50;
const MOST = 100;
const ONLY_CUSTOMERS = { additionalTypenames: ["Customer"] };

/** Customers that were deleted: they can be read and restored. */
export function TrashPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const restore = useRestore();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const variables = search.before ? { last: SIZE, before: search.before } : { first: SIZE, after: search.after ?? null };
  const [{ data, error, fetching }, ask] = useQuery({ query: TrashQuery, variables, context: ONLY_CUSTOMERS });
  const page = data?.customers.pageInfo;
  const act = async (ids: string[]) => {
    setBusy(true);
    if (await restore(ids)) {
      toast(`${plural(ids.length, "customer")} restored`);
      setSelected(new Set());
    }
    setBusy(false);
  };
  const columns = useMemo((): Column<Row>[] => [
    { id: "name", header: "Name", grow: 50, cell: (row) => <NameCell row={row} /> },
    { id: "by", header: "Deleted by", grow: 25, cell: (row) => row.updatedBy?.name ?? "Regulars", hideOn: "phone" },
    { id: "at", header: "In the trash since", cell: (row) => <RelativeTime at={row.trashedAt} /> },
  ], []);
  return (
    <Page title="Trash" operations={[{ document: TrashQuery, variables }, { title: "Restore", document: RestoreMutation, variables: { ids: [...selected] } }]}>
      <DataTable label="Customers in the trash" columns={columns} rows={data?.customers.nodes} rowId={(row) => row.id} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={(row) => navigate({ to: "/customers/$id", params: { id: row.id } })}
        selection={{ ids: selected, onChange: setSelected }} skeletonRows={8}
        empty={<EmptyState icon={<IconTrash size={28} stroke={1.5} />} title="The trash is empty">Customers that are deleted wait here, with their history, and can be restored.</EmptyState>} />
      <Pager words={NEWEST_FIRST}
        onBack={page?.hasPreviousPage && page.startCursor ? () => navigate({ search: { before: page.startCursor ?? "" } }) : undefined}
        onForward={page?.hasNextPage && page.endCursor ? () => navigate({ search: { after: page.endCursor ?? "" } }) : undefined} />
      {selected.size > 0 && (
        <ActionBar count={selected.size} onClear={() => setSelected(new Set())}>
          <Button loading={busy} disabled={selected.size > MOST} onClick={() => act([...selected])}>{selected.size > MOST ? `At most ${MOST} at once` : `Restore ${plural(selected.size, "customer")}`}</Button>
        </ActionBar>
      )}
    </Page>
  );
}

const NEWEST_FIRST = { back: "Newer", forward: "Older" };
