import { Alert, Button, Stack, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useQuery } from "urql";
import { isGoing, RunProgress, RunProgressQuery, RunProgressSubscription, type RunState, useRunProgress } from "../runs/progress.tsx";
import { WorkersNotice } from "../runs/workers.tsx";
import { useCrumb } from "../ui/crumb.ts";
import { ButtonLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState, ErrorState, NoPermission, TextSkeleton } from "../ui/states.tsx";
import { tilesOf } from "./outcomes.ts";
import { again, ImportApply, isKept, PlanStep } from "./plan-step.tsx";
import type { Details } from "./problems.tsx";
import { ImportDetailsQuery } from "./queries.ts";
import { Refused } from "./refused.tsx";
import { ResultStep } from "./result-step.tsx";
import type { RowsSearch } from "./routes.tsx";
import { ImportRowsQuery, rowsVariables } from "./row-list.tsx";
import { Steps } from "./steps.tsx";
import { Tiles } from "./tiles.tsx";

const CancelDialog = lazy(async () => ({ default: (await import("../runs/cancel-dialog.tsx")).CancelDialog }));

const route = getRouteApi("/shell/imports/$id");

/** One import from its plan to its result, wherever it stands by now. */
export function ImportPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const [cancelling, setCancelling] = useState(false);
  const [{ data, error: detailsError }, askDetails] = useQuery({ query: ImportDetailsQuery, variables: { id } });
  const { run, error, again: askRun } = useRunProgress(id, () => askDetails({ requestPolicy: "network-only" }));
  const details = data?.run?.import ?? undefined;
  useSame(run, data?.run, () => askDetails({ requestPolicy: "network-only" }));
  useCrumb(run?.title);
  if (!can("import.run")) return <Page title="Import" operations={[{ document: RunProgressQuery, variables: { id } }]}><NoPermission permission="import.run" /></Page>;

  const applied = run?.phase === "APPLY";
  const going = run ? isGoing(run) : false;
  const show = (next: RowsSearch) => navigate({ search: next, resetScroll: false });
  const operations = [
    { title: "How far it is", document: RunProgressQuery, variables: { id } },
    { title: "The import", document: ImportDetailsQuery, variables: { id } },
    { title: "Rows", document: ImportRowsQuery, variables: rowsVariables(id, applied, search) },
    { title: "Apply", document: ImportApply, variables: { id, input: { idempotencyKey: `apply ${id}` } } },
    { title: "Follow it live", document: RunProgressSubscription, variables: { id } },
  ];
  const stop = run && going && (
    <Button variant="default" disabled={run.cancelRequested} onClick={() => setCancelling(true)}>{run.cancelRequested ? "Stopping" : "Cancel"}</Button>
  );
  return (
    <Page title={run?.title ?? "Import"} operations={operations} actions={stop}>
      {run && <Steps at={applied ? "Result" : "Plan"} done={applied && run.status === "SUCCEEDED"} />}
      {error && !run && <ErrorState error={error} onRetry={askRun} kept="The import goes on by itself." />}
      {detailsError && !details && run && <ErrorState error={detailsError} onRetry={() => askDetails({ requestPolicy: "network-only" })} kept="The import itself is kept." />}
      {run === undefined && !error && <TextSkeleton lines={8} />}
      {run === null && <EmptyState title="There is no such import" action={<ButtonLink to="/imports">All imports</ButtonLink>}>The link may be cut off.</EmptyState>}
      {run && going && <WorkersNotice />}
      {run && (applied
        ? <ResultStep run={run} details={details} starterId={data?.run?.createdBy.id} search={search} onSearch={show} />
        : <Planning run={run} details={details} search={search} onSearch={show} />)}
      <Suspense>{cancelling && run && <CancelDialog run={run} onClose={() => setCancelling(false)} />}</Suspense>
    </Page>
  );
}

type Stage = Pick<RunState, "phase" | "status">;

/** Asks for the details again where they were read before the run came to rest: the two are read apart. */
function useSame(run: Stage | null | undefined, read: Stage | null | undefined, ask: () => void): void {
  const behind = Boolean(run && read && !isGoing(run) && (run.phase !== read.phase || run.status !== read.status));
  useEffect(() => {
    if (behind) ask();
    // Once for each time that it fell behind; the function is new at every render.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [behind]);
}

interface PlanningProps {
  run: RunState;
  details: Details | undefined;
  search: RowsSearch;
  onSearch: (search: RowsSearch) => void;
}

/** A plan: being made, ready, refused, or cancelled. */
function Planning({ run, details, search, onSearch }: PlanningProps) {
  const navigate = route.useNavigate();
  if (run.status === "READY") return <PlanStep run={run} details={details} search={search} onSearch={onSearch} />;
  const back = details && isKept(details.file) && { onColumns: () => navigate({ to: "/imports/new", search: again(run.id, details) }) };
  if (run.status === "FAILED") return <Refused title="This file cannot be imported" reasons={[run.error?.message ?? "No reason was given."]} {...(back || {})} />;
  if (run.status === "CANCELLED") {
    return (
      <Alert color="gray" variant="light" p="md" title="Cancelled">
        <Stack gap="sm" align="flex-start">
          <span>Nothing of it was written.</span>
          {details && isKept(details.file) && <ButtonLink to="/imports/new" search={again(run.id, details)} variant="default">Start again with this file</ButtonLink>}
        </Stack>
      </Alert>
    );
  }
  return (
    <Stack gap="lg">
      <div>
        <RunProgress run={run} />
        <Text fz="sm" c="dimmed" mt="sm">Every row is checked against the customers. Nothing is written. This tab can be closed: the plan waits for you under Imports.</Text>
      </div>
      <Tiles tiles={tilesOf(run.planned)} phase="plan" />
    </Stack>
  );
}
