import { NativeSelect, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { Choices } from "../ui/choices.tsx";
import { useCursors } from "../ui/cursors.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { TextLink } from "../ui/links.tsx";
import { Pager } from "../ui/pager.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState } from "../ui/states.tsx";
import { OrMissing, RelativeTime } from "../ui/values.tsx";
import { AccessLog } from "./access-log.tsx";
import type { Field } from "./fields.ts";
import { originText } from "./provenance.tsx";
import { TimelineQuery } from "./timeline.tsx";
import { historyText } from "./words.ts";

export const FieldHistoryQuery = graphql(`
  query CustomerFieldHistory($id: ID!, $path: String!, $after: String) {
    customer(id: $id) {
      id
      fieldHistory(path: $path, first: 50, after: $after) {
        nodes { path label before after version at source reason actor { kind name } run { id row fileName } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

type FieldChange = NonNullable<ResultOf<typeof FieldHistoryQuery>["customer"]>["fieldHistory"]["nodes"][number];
const route = getRouteApi("/shell/customers/$id");

/** Every change as a table: of one field, or all of them; and who opened the profile. */
export function HistoryTab({ id, fields }: { id: string; fields: readonly Field[] }) {
  const { field: path, log } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const recorded = fields.filter((field) => field.editable);
  return (
    <>
      <div style={{ display: "flex", gap: 12, alignItems: "center", marginBottom: 8, flexWrap: "wrap" }}>
        {can("audit.read") && (
          <Choices label="Which log" value={log ?? "changes"} options={[{ value: "changes", label: "Changes" }, { value: "access", label: "Who opened it" }]}
            onChange={(next) => navigate({ search: { tab: "history", ...(next === "access" && { log: next }) } })} />
        )}
        {log !== "access" && (
          <NativeSelect aria-label="Field" size="xs" value={path ?? ""} data={[{ value: "", label: "All fields" }, ...recorded.map((field) => ({ value: field.path, label: field.label }))]}
            onChange={(event) => navigate({ search: { tab: "history", ...(event.currentTarget.value && { field: event.currentTarget.value }) } })} />
        )}
      </div>
      {log === "access" ? <AccessLog id={id} /> : path ? <OneField key={path} id={id} path={path} fields={fields} /> : <AllFields id={id} fields={fields} />}
    </>
  );
}

/** A changed path with the save it belongs to. */
type Line = Omit<FieldChange, "label"> & { label: string };

const keyOf = (line: Line) => `${line.version} ${line.path}`;

function columnsOf(fields: readonly Field[], oneField: boolean): Column<Line>[] {
  const fieldOf = (line: Line) => fields.find(({ path }) => path === line.path.split(".")[0]);
  const value = (line: Line, said: Line["before"]) => {
    const text = line.path === "trashed_at" ? (said ? "in the trash" : undefined) : historyText(fieldOf(line), said ?? null);
    return <OrMissing>{text && <bdi title={text}>{text}</bdi>}</OrMissing>;
  };
  return [
    { id: "at", header: "When", cell: (line) => <RelativeTime at={line.at} /> },
    ...(oneField ? [] : [{ id: "field", header: "Field", cell: (line: Line) => line.label }]),
    { id: "before", header: "Before", grow: 28, cell: (line) => <Text component="span" inherit c="dimmed">{value(line, line.before)}</Text> },
    { id: "after", header: "After", grow: 28, cell: (line) => value(line, line.after) },
    {
      id: "by", header: "Who and how", grow: 30, hideOn: "phone",
      cell: (line) => (line.run
        ? <TextLink to="/runs/$id" params={{ id: line.run.id }} inherit c="inherit" title={originText(line)}>{originText(line)}</TextLink>
        : <span title={line.reason ?? undefined}>{originText(line)}</span>),
    },
    { id: "version", header: "Version", align: "right", cell: (line) => line.version, hideOn: "narrow" },
  ];
}

function OneField({ id, path, fields }: { id: string; path: string; fields: readonly Field[] }) {
  const cursors = useCursors();
  const [{ data, error, fetching }, ask] = useQuery({ query: FieldHistoryQuery, variables: { id, path, after: cursors.after } });
  const page = data?.customer?.fieldHistory;
  return (
    <>
      <DataTable label="Changes of one field" columns={columnsOf(fields, true)} rows={page?.nodes} rowId={keyOf} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={6} empty={<EmptyState title="This field was never written" />} />
      <Pager onBack={cursors.back} onForward={cursors.forward(page?.pageInfo)} />
    </>
  );
}

function AllFields({ id, fields }: { id: string; fields: readonly Field[] }) {
  const cursors = useCursors();
  const [{ data, error, fetching }, ask] = useQuery({ query: TimelineQuery, variables: { id, after: cursors.after } });
  const page = data?.customer?.timeline;
  const lines = page?.nodes.flatMap(({ change }) => (change ? change.paths.map((path): Line => ({ ...change, ...path })) : []));
  return (
    <>
      <DataTable label="All changes" columns={columnsOf(fields, false)} rows={lines} rowId={keyOf} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={8} empty={<EmptyState title="Nothing was changed yet" />} />
      <Pager onBack={cursors.back} onForward={cursors.forward(page?.pageInfo)} />
    </>
  );
}
