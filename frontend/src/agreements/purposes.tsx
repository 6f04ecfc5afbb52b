import { Button } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { OrMissing } from "../ui/values.tsx";
import { NameAndKey } from "./name-and-key.tsx";
import { PurposeCreate, type PurposeRow, PurposesQuery } from "./queries.ts";

const PurposeDialog = lazy(async () => ({ default: (await import("./purpose-dialog.tsx")).PurposeDialog }));

const columns: Column<PurposeRow>[] = [
  { id: "name", header: "Purpose", grow: 30, cell: ({ name, key, archivedAt }) => <NameAndKey name={name} keyName={key} quiet={archivedAt !== null} /> },
  { id: "about", header: "What it is for", grow: 60, cell: ({ about }) => <OrMissing>{about}</OrMissing>, hideOn: "phone" },
  { id: "state", header: "State", cell: ({ archivedAt }) => (archivedAt ? <Status tone="quiet">Archived</Status> : <Status tone="good">In use</Status>) },
];

/** What people are written to for. */
export function PurposesPage() {
  const can = useCan();
  const [open, setOpen] = useState<PurposeRow | "new">();
  const context = useMemo(() => ({ additionalTypenames: ["Purpose"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: PurposesQuery, context });
  const edits = can("settings.consent") ? { onOpen: setOpen, onEdit: setOpen } : {};
  // The order of the server: those that come with Regulars, then the company's own.
  const rows = useMemo(() => data && [...data.purposes.filter((one) => !one.archivedAt), ...data.purposes.filter((one) => one.archivedAt)], [data]);
  return (
    <Page title="Purposes" {...(rows && { aside: rows.length })} actions={can("settings.consent") && <Button onClick={() => setOpen("new")}>New purpose</Button>}
      operations={[{ title: "Purposes", document: PurposesQuery }, { title: "A new one", document: PurposeCreate, variables: { input: { key: "MARKET_RESEARCH", name: "Market research" } } }]}>
      <DataTable label="Purposes" columns={columns} rows={rows} rowId={({ key }) => key} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={4} {...edits}
        empty={<EmptyState title="No purposes">A purpose says what a consent is for.</EmptyState>} />
      <Suspense>{open && <PurposeDialog purpose={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} />}</Suspense>
    </Page>
  );
}
