import { Button } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { Num } from "../ui/values.tsx";
import { NameAndKey } from "./name-and-key.tsx";
import { type ListCounts, ListCountsQuery, ListCreate, type ListRow, ListsQuery } from "./queries.ts";
import { CHANNELS, inOrder } from "./words.ts";

const ListDialog = lazy(async () => ({ default: (await import("./list-dialog.tsx")).ListDialog }));

const EXAMPLE = { input: { key: "weekly", name: "Weekly newsletter", channel: "EMAIL", purpose: "MARKETING", doubleOptIn: true } };

const COUNTED = [["subscribed", "Subscribed"], ["unsubscribed", "Unsubscribed"], ["pending", "Pending"], ["cleaned", "Cleaned"]] as const;

function counted(counts: ReadonlyMap<string, ListCounts> | undefined): Column<ListRow>[] {
  return COUNTED.map(([id, header], place) => ({
    id, header, align: "right", hideOn: place === 0 ? "phone" : "narrow",
    cell: ({ key }) => <Num value={counts?.get(key)?.[id]} />,
  }));
}

const columns: Column<ListRow>[] = [
  { id: "name", header: "List", grow: 40, cell: ({ name, key, archivedAt }) => <NameAndKey name={name} keyName={key} quiet={archivedAt !== null} /> },
  { id: "channel", header: "Channel", cell: ({ channel }) => CHANNELS[channel] },
  { id: "purpose", header: "Purpose", cell: ({ purpose }) => purpose.name, hideOn: "phone" },
  { id: "double", header: "Double opt-in", cell: ({ doubleOptIn }) => (doubleOptIn ? "Yes" : "No"), hideOn: "phone" },
];
const state: Column<ListRow> = { id: "state", header: "State", cell: ({ archivedAt }) => (archivedAt ? <Status tone="quiet">Archived</Status> : <Status tone="good">Open</Status>) };

/** The lists that people subscribe to. */
export function ListsPage() {
  const can = useCan();
  const [open, setOpen] = useState<ListRow | "new">();
  const context = useMemo(() => ({ additionalTypenames: ["SubscriptionList", "Purpose"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: ListsQuery, context });
  const rows = useMemo(() => data && inOrder(data.lists), [data]);
  const [{ data: counts }] = useQuery({ query: ListCountsQuery, pause: !can("consent.read"), context });
  const shown = useMemo(() => [...columns, ...(can("consent.read") ? counted(counts && new Map(counts.lists.map((one) => [one.key, one.counts]))) : []), state], [can, counts]);
  const edits = can("settings.consent") ? { onOpen: setOpen, onEdit: setOpen } : {};
  const add = can("settings.consent") && <Button onClick={() => setOpen("new")}>New list</Button>;
  return (
    <Page title="Lists" {...(rows && { aside: rows.length })} actions={add}
      operations={[{ title: "Lists", document: ListsQuery }, { title: "How many are on them", document: ListCountsQuery }, { title: "A new one", document: ListCreate, variables: EXAMPLE }]}>
      <DataTable label="Lists" columns={shown} rows={rows} rowId={({ key }) => key} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={4} {...edits}
        empty={<EmptyState title="No lists yet" action={add}>A list is what people subscribe to and leave again: a newsletter by email, offers by SMS.</EmptyState>} />
      <Suspense>{open && <ListDialog list={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} />}</Suspense>
    </Page>
  );
}
