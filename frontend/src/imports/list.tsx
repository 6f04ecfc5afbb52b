import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { isGoing } from "../runs/progress.tsx";
import { countsText, RunStatus } from "../runs/words.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { ButtonLink, TextLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { usePolling } from "../ui/polling.ts";
import { useCan } from "../ui/session.tsx";
import { EmptyState, NoPermission } from "../ui/states.tsx";
import { Num, OrMissing, RelativeTime } from "../ui/values.tsx";
import { sumOf } from "./outcomes.ts";
import { TemplateLink } from "./template-link.tsx";

const ImportListQuery = graphql(`
  query ImportList($first: Int!, $after: String) {
    runs(first: $first, after: $after, kind: [IMPORT]) {
      nodes {
        id kind phase status title createdAt createdBy { id kind name } processed total cancelRequested
        planned { name count }
        outcome { name count }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = ResultOf<typeof ImportListQuery>["runs"]["nodes"][number];
const POLL_MS = 3000;

const columns: Column<Row>[] = [
  { id: "title", header: "File", cell: (run) => <TextLink to="/imports/$id" params={{ id: run.id }} c="inherit" fw={500} inherit>{run.title}</TextLink> },
  { id: "status", header: "State", cell: (run) => <RunStatus run={run} /> },
  { id: "rows", header: "Rows", align: "right", cell: (run) => <Num value={sumOf(run.planned) || null} />, hideOn: "phone" },
  { id: "counts", header: "What came of them", cell: (run) => <OrMissing>{countsText(run)}</OrMissing>, hideOn: "narrow" },
  { id: "by", header: "Started by", cell: (run) => run.createdBy.name, hideOn: "phone" },
  { id: "at", header: "When", cell: (run) => <RelativeTime at={run.createdAt} /> },
];

const route = getRouteApi("/shell/imports");

/** All imports, the newest first. */
export function ImportsPage() {
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const variables = { first: 50, after: after ?? null };
  const context = useMemo(() => ({ additionalTypenames: ["Run"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: ImportListQuery, variables, context, pause: !can("import.run") });
  const going = data?.runs.nodes.some(isGoing) ?? false;
  usePolling(() => ask({ requestPolicy: "network-only" }), going ? POLL_MS : undefined);
  const operations = [{ document: ImportListQuery, variables }];
  if (!can("import.run")) return <Page title="Imports" operations={operations}><NoPermission permission="import.run" /></Page>;
  const page = data?.runs.pageInfo;
  const onward = page?.hasNextPage ? page.endCursor : undefined;
  return (
    <Page title="Imports" operations={operations} actions={<ButtonLink to="/imports/new">Import</ButtonLink>}>
      <DataTable label="Imports" columns={columns} rows={data?.runs.nodes} rowId={(run) => run.id} fetching={fetching && !going} error={error} skeletonRows={6}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={(run) => navigate({ to: "/imports/$id", params: { id: run.id } })}
        empty={(
          <EmptyState title="No imports yet" action={<><TemplateLink button /><ButtonLink to="/imports/new">Import a file</ButtonLink></>}>
            Bring customers in from a CSV file. You see what every row would do before anything is written.
          </EmptyState>
        )} />
      <Pager onBack={after ? () => window.history.back() : undefined} onForward={onward ? () => navigate({ search: { after: onward } }) : undefined} />
    </Page>
  );
}
