import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { isGoing } from "../runs/progress.tsx";
import { RunStatus } from "../runs/words.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { ButtonLink, TextLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { usePolling } from "../ui/polling.ts";
import { useCan } from "../ui/session.tsx";
import { EmptyState, NoPermission } from "../ui/states.tsx";
import { formatBytes, Missing, Num, plainDate, RelativeTime } from "../ui/values.tsx";
import { Download } from "./download.tsx";

const ExportListQuery = graphql(`
  query ExportList($first: Int!, $after: String) {
    runs(first: $first, after: $after, kind: [EXPORT]) {
      nodes {
        id kind phase status title createdAt createdBy { id kind name } processed total cancelRequested
        export { format rows leftOut { name count } file { id name size url expiresAt } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = ResultOf<typeof ExportListQuery>["runs"]["nodes"][number];
const POLL_MS = 2000;
const FORMATS = { CSV: "CSV", JSONL: "JSON lines", JSON: "JSON" } as const;

const columns: Column<Row>[] = [
  { id: "title", header: "What", grow: 28, cell: (run) => <TextLink to="/runs/$id" params={{ id: run.id }} c="inherit" fw={500} inherit>{run.title}</TextLink> },
  { id: "status", header: "State", cell: (run) => <RunStatus run={run} /> },
  { id: "format", header: "File", cell: (run) => (run.export ? FORMATS[run.export.format] : <Missing />), hideOn: "phone" },
  { id: "rows", header: "Rows", align: "right", cell: (run) => <Num value={run.export?.rows || null} />, hideOn: "phone" },
  { id: "left", header: "Left out", align: "right", cell: (run) => <Num value={run.export?.leftOut.reduce((sum, one) => sum + one.count, 0) || null} />, hideOn: "narrow" },
  { id: "size", header: "Size", align: "right", cell: (run) => (run.export?.file ? formatBytes(run.export.file.size) : <Missing />), hideOn: "narrow" },
  { id: "by", header: "Started by", cell: (run) => run.createdBy.name, hideOn: "narrow" },
  { id: "at", header: "When", cell: (run) => <RelativeTime at={run.createdAt} />, hideOn: "phone" },
  { id: "until", header: "Kept until", cell: (run) => (run.export?.file ? plainDate(run.export.file.expiresAt) : <Missing />), hideOn: "phone" },
  { id: "file", header: "Download", silent: true, width: 120, cell: (run) => run.export?.file && <Download file={run.export.file} of={run.title} /> },
];

const route = getRouteApi("/shell/exports");

/** All exports, the newest first, with their files while they live. */
export function ExportsPage() {
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const variables = { first: 50, after: after ?? null };
  const context = useMemo(() => ({ additionalTypenames: ["Run"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: ExportListQuery, variables, context, pause: !can("customer.export.bulk") });
  const going = data?.runs.nodes.some(isGoing) ?? false;
  usePolling(() => ask({ requestPolicy: "network-only" }), going ? POLL_MS : undefined);
  const operations = [{ document: ExportListQuery, variables }];
  if (!can("customer.export.bulk")) return <Page title="Exports" operations={operations}><NoPermission permission="customer.export.bulk" /></Page>;
  const page = data?.runs.pageInfo;
  const onward = page?.hasNextPage ? page.endCursor : undefined;
  return (
    <Page title="Exports" operations={operations}>
      <DataTable label="Exports" columns={columns} rows={data?.runs.nodes} rowId={(run) => run.id} fetching={fetching && !going} error={error} skeletonRows={6}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={(run) => navigate({ to: "/runs/$id", params: { id: run.id } })}
        empty={(
          <EmptyState title="No exports yet" action={<ButtonLink to="/customers">Open the customers</ButtonLink>}>
            Filter the customers or select some, and choose Export. Files are kept for 7 days.
          </EmptyState>
        )} />
      <Pager onBack={after ? () => window.history.back() : undefined} onForward={onward ? () => navigate({ search: { after: onward } }) : undefined} />
    </Page>
  );
}
