import { IconEraser } from "@tabler/icons-react";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import { isGoing } from "../runs/progress.tsx";
import { kindWord, RunStatus } from "../runs/words.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { ButtonLink, TextLink } from "../ui/links.tsx";
import { Pager } from "../ui/pager.tsx";
import { usePolling } from "../ui/polling.ts";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { Missing, Num, OrMissing, plainDate, RelativeTime } from "../ui/values.tsx";
import { type RequestRow, RequestsQuery } from "./queries.ts";

const POLL_MS = 2000;
const route = getRouteApi("/shell/privacy/erasure");

const columns: Column<RequestRow>[] = [
  { id: "title", header: "Whom", grow: 34, cell: (run) => <TextLink to="/runs/$id" params={{ id: run.id }} c="inherit" fw={500} inherit title={run.title}>{run.title}</TextLink> },
  { id: "kind", header: "What", cell: (run) => kindWord(run.kind) },
  { id: "state", header: "State", cell: (run) => <RequestState run={run} /> },
  { id: "customers", header: "Customers", align: "right", cell: (run) => <Num value={run.privacy?.customers ?? null} />, hideOn: "phone" },
  { id: "held", header: "On hold", align: "right", cell: (run) => <Num value={run.privacy?.held || null} />, hideOn: "narrow" },
  { id: "certificate", header: "Certificate", cell: (run) => <CertificateMark run={run} />, hideOn: "phone" },
  { id: "reason", header: "Reason", grow: 22, cell: (run) => <OrMissing>{run.privacy?.reason && <bdi title={run.privacy.reason}>{run.privacy.reason}</bdi>}</OrMissing>, hideOn: "narrow" },
  { id: "by", header: "Asked for by", cell: (run) => run.privacy?.policy?.name ?? run.createdBy.name, hideOn: "narrow" },
  { id: "at", header: "When", cell: (run) => <RelativeTime at={run.createdAt} />, hideOn: "phone" },
];

function RequestState({ run }: { run: RequestRow }) {
  const at = run.privacy?.applyAt;
  return run.status === "READY" && at ? <Status tone="warn">Applies on {plainDate(at)}</Status> : <RunStatus run={run} />;
}

function CertificateMark({ run }: { run: RequestRow }) {
  const certificate = run.privacy?.certificate;
  if (!certificate) return <Missing />;
  return certificate.clean ? <Status tone="good">Clean</Status> : <Status tone="bad">Remnants</Status>;
}

/** All anonymizations and erasures, the newest first. */
export function Requests() {
  const { after } = route.useSearch();
  const navigate = useNavigate();
  const variables = { first: 50, after: after ?? null };
  const context = useMemo(() => ({ additionalTypenames: ["Run"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: RequestsQuery, variables, context });
  const going = data?.runs.nodes.some(isGoing) ?? false;
  usePolling(() => ask({ requestPolicy: "network-only" }), going ? POLL_MS : undefined);
  const page = data?.runs.pageInfo;
  const onward = page?.hasNextPage && page.endCursor ? page.endCursor : undefined;
  return (
    <>
      <DataTable label="Requests" columns={columns} rows={data?.runs.nodes} rowId={(run) => run.id} fetching={fetching && !going} error={error} skeletonRows={6}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={(run) => navigate({ to: "/runs/$id", params: { id: run.id } })}
        empty={(
          <EmptyState icon={<IconEraser size={28} stroke={1.5} />} title="Nobody was anonymized or erased yet" action={<ButtonLink variant="default" to="/customers">Open the customers</ButtonLink>}>
            Open a customer, or select some, and choose Anonymize or Erase. What was asked for stays listed here, with its certificate.
          </EmptyState>
        )} />
      <Pager words={{ back: "Newer", forward: "Older" }} onBack={after ? () => window.history.back() : undefined}
        onForward={onward ? () => navigate({ to: "/privacy/erasure", search: { after: onward } }) : undefined} />
    </>
  );
}
