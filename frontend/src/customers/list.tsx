import { ActionIcon, Button } from "@mantine/core";
import { IconDots, IconLayoutSidebarRight, IconUsers } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { DataTable } from "../ui/data-table.tsx";
import { ButtonLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { useCan } from "../ui/session.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { EmptyState, ErrorState } from "../ui/states.tsx";
import { ActionBar, TrashButton } from "./action-bar.tsx";
import { ColumnsButton } from "./columns-button.tsx";
import { chosenColumns, listDocument, type Row, tableColumns } from "./columns.tsx";
import { CONSENT_TARGETS } from "./consent-chips.ts";
import styles from "./customers.module.css";
import { useFields, useReadable } from "./fields.ts";
import { CustomerFilters } from "./filter-bar.tsx";
import { targetsOf, whereOf } from "./filters.ts";
import { CountQuery, ListCount } from "./list-count.tsx";
import { type ListSearch, sortOf } from "./search.ts";

const ColumnsMenu = lazy(async () => ({ default: (await import("./columns-menu.tsx")).ColumnsMenu }));
const NothingFound = lazy(async () => ({ default: (await import("./nothing.tsx")).NothingFound }));
const RowMenu = lazy(async () => ({ default: (await import("./row-menu.tsx")).RowMenu }));
const Peek = lazy(async () => ({ default: (await import("./peek.tsx")).Peek }));
const ExportDialog = lazy(async () => ({ default: (await import("../exports/dialog.tsx")).ExportDialog }));
const BulkDialog = lazy(async () => ({ default: (await import("../privacy/bulk-dialog.tsx")).BulkDialog }));
const ListMenu = lazy(async () => ({ default: (await import("../privacy/list-menu.tsx")).ListMenu }));
const TrashDialog = lazy(async () => ({ default: (await import("./trash-dialog.tsx")).TrashDialog }));

const route = getRouteApi("/shell/customers");
const SIZE = 50;
// What the menu of a row asks for; somebody with none of these has no such menu.
const ROW_ACTS = ["customer.export.single", "customer.hold", "customer.anonymize", "customer.erase"];
const ONLY_CUSTOMERS = { additionalTypenames: ["Customer"] };

/** All customers: search, filters, columns, sort and place stand in the address. */
export function CustomerListPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const { fields: all, error: fieldsError } = useFields();
  const fields = useReadable(all);
  const [selected, setSelected] = useState<ReadonlyMap<string, string>>(new Map());
  const [dialog, setDialog] = useState<"columns" | "trash" | "export" | "export-selected">();
  const [bulk, setBulk] = useState<{ act: "ANONYMIZE" | "ERASE"; chosen: boolean }>();
  const [menu, setMenu] = useState<string>();
  const consents = can("consent.read");
  const targets = useMemo(() => [...targetsOf(fields ?? []), ...(consents ? CONSENT_TARGETS : [])], [fields, consents]);
  const chips = search.where ?? NO_CHIPS;
  const q = search.q ?? "";
  const columns = chosenColumns(search.columns, fields);
  const names = columns?.map(({ name }) => name).join() ?? "";
  // The same columns are the same query, though they are a new list with each drawing.
  // oxlint-disable-next-line react/exhaustive-deps
  const document = useMemo(() => listDocument(columns ?? []), [names]);
  const size = search.size ?? SIZE;
  const sort = sortOf(search);
  const asked = { search: q === "" ? null : q, where: whereOf(chips, targets) };
  const place = search.before ? { last: size, before: search.before } : { first: size, after: search.after ?? null };
  const variables = { ...place, ...asked, sort: [sort] };
  const waits = columns === undefined || (chips.length > 0 && fields === undefined);
  const [{ data, error, fetching }, ask] = useQuery({ query: document, variables, pause: waits, context: ONLY_CUSTOMERS });
  const rows = data?.customers.nodes;
  const page = data?.customers.pageInfo;
  const table = useMemo(() => tableColumns(fields?.filter(({ name }) => names.split(",").includes(name)) ?? []), [fields, names]);

  const change = (next: Partial<Record<keyof ListSearch, unknown>>) => navigate({
    search: (old) => clean({ ...old, after: undefined, before: undefined, ...next }),
  });
  const peek = (id: string | undefined) => navigate({ search: (old) => clean({ ...old, peek: id }), replace: true });
  const open = (row: Row) => navigate({ to: "/customers/$id", params: { id: row.id } });
  useShortcut(" ", "Look at the row beside the list", () => {
    const here = window.document.querySelector<HTMLElement>("[data-cursor]")?.dataset["row"];
    if (!here) return false;
    void peek(search.peek === here ? undefined : here);
  });
  const select = (ids: ReadonlySet<string>) => setSelected(new Map([...ids].map((id) => [id, selected.get(id) ?? rows?.find((row) => row.id === id)?.displayName ?? id])));
  const exports = can("customer.export.bulk");
  const deletes = can("customer.delete");
  const anonymizes = can("customer.anonymize");
  const erases = can("customer.erase");
  const narrowed = q !== "" || chips.length > 0;
  const acts = ROW_ACTS.some(can);
  const withPeek = useMemo(() => [...table, {
    id: "peek", header: "Look", silent: true, width: acts ? 72 : 44, hideOn: "phone" as const,
    cell: (row: Row) => {
      const dots = (
        <ActionIcon className={styles.hovered} aria-label={`More for ${row.displayName}`} aria-haspopup="menu" onClick={() => setMenu(row.id)}><IconDots size={16} /></ActionIcon>
      );
      return (
        <div style={{ display: "flex" }}>
          <ActionIcon className={styles.hovered} aria-label={`Look at ${row.displayName}`} onClick={() => void navigate({ search: (old) => ({ ...old, peek: row.id }), replace: true })}>
            <IconLayoutSidebarRight size={16} />
          </ActionIcon>
          {acts && (menu === row.id ? <Suspense fallback={dots}><RowMenu id={row.id} name={row.displayName} target={dots} /></Suspense> : dots)}
        </div>
      );
    },
  }], [table, navigate, acts, menu]);

  if (fieldsError && !fields) return <ErrorState error={fieldsError} />;
  return (
    <Page title="Customers" aside={<ListCount variables={asked} wait={!data} />}
      operations={[{ title: "The list", document, variables }, { title: "The total", document: CountQuery, variables: asked }]}
      menu={<Suspense><ListMenu narrowed={narrowed} onOpen={(act) => setBulk({ act, chosen: false })} /></Suspense>}
      actions={<>
        {can("import.run") && <ButtonLink variant="default" to="/imports/new">Import</ButtonLink>}
        {exports && <Button variant="default" onClick={() => setDialog("export")}>Export</Button>}
        {can("customer.write") && <ButtonLink to="/customers/new">New customer</ButtonLink>}
      </>}>
      <CustomerFilters q={q} onSearch={(next) => change({ q: next })} chips={chips} onChips={(next) => change({ where: next })} targets={targets}>
        <Suspense fallback={<ColumnsButton />}>
          {dialog === "columns" && fields
            ? <ColumnsMenu fields={fields} shown={names.split(",")} onChange={(next) => change({ columns: next, after: search.after, before: search.before })} />
            : <ColumnsButton onClick={() => setDialog("columns")} />}
        </Suspense>
      </CustomerFilters>
      <DataTable label="Customers" columns={withPeek} rows={fields ? rows : undefined} rowId={rowId} fetching={fetching || waits} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={open} onEdit={(row) => navigate({ to: "/customers/$id", params: { id: row.id }, search: { tab: "details" } })}
        {...((deletes || exports || anonymizes || erases) && { selection: { ids: new Set(selected.keys()), onChange: select } })} sort={sort} onSort={(next) => change({ sort: next.field, direction: next.direction })} skeletonRows={14}
        empty={narrowed
          ? <Suspense><NothingFound q={q} chips={chips} targets={targets} onSearch={(next) => change({ q: next })} onChips={(next) => change({ where: next })} /></Suspense>
          : <EmptyState icon={<IconUsers size={28} stroke={1.5} />} title="No customers yet" action={can("customer.write") && <>
              {can("import.run") && <ButtonLink to="/imports/new">Import a file</ButtonLink>}
              <ButtonLink variant="default" to="/customers/new">Add one</ButtonLink>
            </>}>Import a file or add one.</EmptyState>} />
      {rows && rows.length > 0 && (
        <Pager size={size} onSize={(next) => change({ size: next })} words={sort.field !== "NAME" && sort.direction === "DESC" ? NEWEST_FIRST : undefined}
          onBack={page?.hasPreviousPage && page.startCursor ? () => change({ before: page.startCursor }) : undefined}
          onForward={page?.hasNextPage && page.endCursor ? () => change({ after: page.endCursor }) : undefined} />
      )}
      {selected.size > 0 && (
        <ActionBar count={selected.size} onClear={() => setSelected(new Map())}>
          {exports && <Button variant="default" onClick={() => setDialog("export-selected")} disabled={selected.size > MOST}>Export</Button>}
          {anonymizes && <Button variant="default" onClick={() => setBulk({ act: "ANONYMIZE", chosen: true })} disabled={selected.size > MOST}>Anonymize…</Button>}
          {erases && <Button variant="default" onClick={() => setBulk({ act: "ERASE", chosen: true })} disabled={selected.size > MOST}>Erase…</Button>}
          {deletes && <TrashButton onClick={() => setDialog("trash")} />}
        </ActionBar>
      )}
      <Suspense>
        {dialog?.startsWith("export") && (
          <ExportDialog whom={{ ...(dialog === "export" ? asked : { ids: [...selected.keys()] }), sort: [sort] }} shown={names.split(",")} onClose={() => setDialog(undefined)} />
        )}
        {dialog === "trash" && <TrashDialog customers={selected} onClose={() => setDialog(undefined)} onDone={() => setSelected(new Map())} />}
        {bulk && <BulkDialog act={bulk.act} whom={bulk.chosen ? { ids: [...selected.keys()] } : asked} onClose={() => setBulk(undefined)} />}
        {search.peek && fields && <Peek id={search.peek} fields={fields} onClose={() => peek(undefined)} />}
      </Suspense>
    </Page>
  );
}

/** By name; more are exported, anonymized or erased by a filter. */
const MOST = 100;
const NO_CHIPS: NonNullable<ListSearch["where"]> = [];
const NEWEST_FIRST = { back: "Newer", forward: "Older" };
const rowId = (row: Row) => row.id;

/** Leaves out of the address what is empty or as usual. */
function clean(search: Partial<Record<keyof ListSearch, unknown>>): ListSearch {
  const kept = Object.entries(search).filter(([name, value]) =>
    value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0) && !(name === "size" && value === SIZE));
  return Object.fromEntries(kept) as ListSearch;
}
