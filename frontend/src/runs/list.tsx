import { Progress } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf, type VariablesOf } from "../graphql.ts";
import { Choices } from "../ui/choices.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { TextLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { usePolling } from "../ui/polling.ts";
import { EmptyState } from "../ui/states.tsx";
import { OrMissing, RelativeTime } from "../ui/values.tsx";
import { isGoing } from "./progress.tsx";
import type { RunsShown } from "./routes.tsx";
import { countsText, kindWord, RunStatus } from "./words.tsx";
import { WorkersNotice } from "./workers.tsx";

const RunsQuery = graphql(`
  query Runs($first: Int!, $after: String, $status: [RunStatus!]) {
    runs(first: $first, after: $after, status: $status) {
      nodes {
        id kind phase status title createdAt createdBy { id kind name } processed total cancelRequested
        planned { name count }
        outcome { name count }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type RunRow = ResultOf<typeof RunsQuery>["runs"]["nodes"][number];
type Status = NonNullable<VariablesOf<typeof RunsQuery>["status"]>[number];

const SHOWN: Record<RunsShown, { label: string; status: Status[] | null }> = {
  all: { label: "All", status: null },
  going: { label: "Going on", status: ["QUEUED", "RUNNING"] },
  ready: { label: "Ready to apply", status: ["READY"] },
  finished: { label: "Done", status: ["SUCCEEDED"] },
  failed: { label: "Failed or cancelled", status: ["FAILED", "CANCELLED"] },
};
const OPTIONS = Object.entries(SHOWN).map(([value, { label }]) => ({ value: value as RunsShown, label }));
const POLL_MS = 3000;

const columns: Column<RunRow>[] = [
  { id: "title", header: "What", grow: 34, cell: (run) => <TextLink to="/runs/$id" params={{ id: run.id }} c="inherit" fw={500} inherit>{run.title}</TextLink> },
  { id: "kind", header: "Kind", cell: (run) => kindWord(run.kind), hideOn: "narrow" },
  { id: "status", header: "State", cell: (run) => <RunStatus run={run} /> },
  { id: "bar", header: "Progress", width: 140, cell: (run) => <Bar run={run} />, hideOn: "phone" },
  { id: "counts", header: "Rows", grow: 30, cell: (run) => <span title={countsText(run)}><OrMissing>{countsText(run)}</OrMissing></span>, hideOn: "narrow" },
  { id: "by", header: "Started by", cell: (run) => run.createdBy.name, hideOn: "phone" },
  { id: "at", header: "When", cell: (run) => <RelativeTime at={run.createdAt} /> },
];

function Bar({ run }: { run: RunRow }) {
  const share = isGoing(run) || run.status === "FAILED" || run.status === "CANCELLED" ? ((run.processed / (run.total || 1)) * 100) : 100;
  const color = run.status === "FAILED" ? "red" : run.status === "CANCELLED" ? "gray" : "accent";
  return <Progress value={share} size={4} color={color} aria-label={`${Math.floor(share)} %`} />;
}

const route = getRouteApi("/shell/runs");

/** Every long act: what, who, when, how far. */
export function RunsPage() {
  const { show = "all", after } = route.useSearch();
  const navigate = useNavigate();
  const variables = { first: 50, after: after ?? null, status: SHOWN[show].status };
  const context = useMemo(() => ({ additionalTypenames: ["Run"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: RunsQuery, variables, context });
  const going = data?.runs.nodes.some(isGoing) ?? false;
  usePolling(() => ask({ requestPolicy: "network-only" }), going ? POLL_MS : undefined);
  const page = data?.runs.pageInfo;
  const open = (run: RunRow) => navigate({ to: "/runs/$id", params: { id: run.id } });
  const onward = page?.hasNextPage && page.endCursor ? page.endCursor : undefined;
  return (
    <Page title="Runs" operations={[{ document: RunsQuery, variables }]}>
      <WorkersNotice />
      <div style={{ paddingBottom: 8 }}><Choices label="Which runs" value={show} options={OPTIONS} onChange={(next) => navigate({ to: "/runs", search: next === "all" ? {} : { show: next } })} /></div>
      <DataTable label="Runs" columns={columns} rows={data?.runs.nodes} rowId={(run) => run.id} fetching={fetching && !going} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={open} skeletonRows={8}
        empty={show === "all"
          ? <EmptyState title="No runs yet">Imports appear here, with their progress and their reports.</EmptyState>
          : <EmptyState title={`No runs that are “${SHOWN[show].label.toLowerCase()}”`}>Choose All to see every run.</EmptyState>} />
      <Pager onBack={after ? () => window.history.back() : undefined} onForward={onward ? () => navigate({ to: "/runs", search: (old) => ({ ...old, after: onward }) }) : undefined} />
    </Page>
  );
}
