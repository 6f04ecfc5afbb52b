import { Anchor, Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { type CombinedError, useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { PrivacyRunQuery } from "../privacy/queries.ts";
import { useCrumb } from "../ui/crumb.ts";
import { ButtonLink } from "../ui/links.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { usePolling } from "../ui/polling.ts";
import { useCan } from "../ui/session.tsx";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import { formatBytes, formatDuration, Missing, plainDate, RelativeTime } from "../ui/values.tsx";
import { isGoing, RunProgress, RunProgressQuery, RunProgressSubscription, type RunState, useRunProgress } from "./progress.tsx";
import styles from "./run.module.css";
import { countsText, kindWord, phaseWord, RunStatus } from "./words.tsx";
import { WorkersNotice } from "./workers.tsx";

const PrivacySection = lazy(async () => ({ default: (await import("../privacy/run-section.tsx")).PrivacySection }));
const CancelDialog = lazy(async () => ({ default: (await import("./cancel-dialog.tsx")).CancelDialog }));

const RunReportQuery = graphql(`
  query RunReport($id: ID!) {
    run(id: $id) {
      id
      createdBy { id kind name }
      log { at text }
      files { id name kind size sha256 url expiresAt }
    }
  }
`);

type Report = NonNullable<ResultOf<typeof RunReportQuery>["run"]>;

const route = getRouteApi("/shell/runs/$id");
const POLL_MS = 5000;
// Who may start a run of a kind may end it.
const NEEDS: Record<RunState["kind"], string> = { IMPORT: "import.run", EXPORT: "customer.export.bulk", ANONYMIZE: "customer.anonymize", ERASE: "customer.erase", COPY: "customer.export.single" };
// How often a run is taken up when nothing goes wrong: once for its plan, once for applying it, once for undoing that.
const CLAIMS: Record<RunState["phase"], number> = { PLAN: 1, APPLY: 2, UNDO: 3 };

const isPrivacy = (run: RunState) => run.kind === "ANONYMIZE" || run.kind === "ERASE";

/** One long act: how far it is, what it did, its files. */
export function RunPage() {
  const { id } = route.useParams();
  const can = useCan();
  const [cancelling, setCancelling] = useState(false);
  const [{ data: report, error: reportError }, askReport] = useQuery({ query: RunReportQuery, variables: { id } });
  const { run, error, again } = useRunProgress(id, () => askReport({ requestPolicy: "network-only" }));
  const going = run ? isGoing(run) : false;
  const ready = report?.run?.files[0];
  usePolling(() => askReport({ requestPolicy: "network-only" }), going ? POLL_MS : undefined);
  useCrumb(run?.title);
  const operations = [
    { title: "How far it is", document: RunProgressQuery, variables: { id } },
    { title: "Log and files", document: RunReportQuery, variables: { id } },
    ...(run && isPrivacy(run) ? [{ title: "What it does", document: PrivacyRunQuery, variables: { id } }] : []),
    { title: "Follow it live", document: RunProgressSubscription, variables: { id } },
  ];
  const actions = run && (
    <>
      {(going || (isPrivacy(run) && run.status === "READY")) && can(NEEDS[run.kind]) && <Button variant="default" disabled={run.cancelRequested} onClick={() => setCancelling(true)}>{run.cancelRequested ? "Stopping" : "Cancel"}</Button>}
      {run.kind === "IMPORT" && can("import.run") && <ButtonLink to="/imports/$id" params={{ id }}>Open the import</ButtonLink>}
      {run.kind === "EXPORT" && ready && <Button component="a" href={ready.url} download={ready.name}>Download</Button>}
    </>
  );
  return (
    <Page title={run?.title ?? "Run"} operations={operations} actions={actions}>
      {error && !run && <ErrorState error={error} onRetry={again} />}
      {run === undefined && !error && <TextSkeleton lines={6} />}
      {run === null && <EmptyState title="There is no such run">It may have been removed, or the link may be cut off.</EmptyState>}
      {run && <WorkersNotice />}
      {run && <Content run={run} report={report?.run ?? undefined} error={report ? undefined : reportError} onRetry={() => askReport({ requestPolicy: "network-only" })} onApplied={again} />}
      <Suspense>{cancelling && run && <CancelDialog run={run} onClose={() => setCancelling(false)} />}</Suspense>
    </Page>
  );
}

interface ContentProps {
  run: RunState;
  report: Report | undefined;
  error: CombinedError | undefined;
  onRetry: () => void;
  onApplied: () => void;
}

function Content({ run, report, error, onRetry, onApplied }: ContentProps) {
  return (
    <div className={styles.columns}>
      <Stack gap="xl" miw={0}>
        <section>
          <RunProgress run={run} />
          {run.error && <Box mt="md"><Notice tone="bad" title="It failed">{run.error.message}</Notice></Box>}
        </section>
        {isPrivacy(run) && <Suspense fallback={<TextSkeleton lines={6} />}><PrivacySection key={`${run.phase} ${run.status}`} run={run} onApplied={onApplied} /></Suspense>}
        <section>
          <Title order={2} mb="sm">Log</Title>
          {error && <ErrorState error={error} onRetry={onRetry} />}
          {report && <Log entries={report.log} />}
          {!report && !error && <TextSkeleton lines={4} />}
        </section>
      </Stack>
      <aside className={styles.facts}>
        <dl>
          <Fact name="State"><RunStatus run={run} /></Fact>
          <Fact name="Kind">{kindWord(run.kind)}{run.kind === "IMPORT" && ` · ${phaseWord(run.phase)}`}</Fact>
          <Fact name={isPrivacy(run) ? "Customers" : "Rows"}>{countsText(run) || <Missing />}</Fact>
          <Fact name="Started by">{report?.createdBy.name ?? <Missing />}</Fact>
          <Fact name="Created"><RelativeTime at={run.createdAt} /></Fact>
          <Fact name="Started"><RelativeTime at={run.startedAt} /></Fact>
          <Fact name="Finished"><RelativeTime at={run.finishedAt} /></Fact>
          {run.startedAt && run.finishedAt && <Fact name="Took">{formatDuration((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000)}</Fact>}
          {run.attempt > CLAIMS[run.phase] && <Fact name="Attempt">{run.attempt - CLAIMS[run.phase] + 1}</Fact>}
        </dl>
        {report && report.files.length > 0 && <Files files={report.files} />}
      </aside>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
}

function Log({ entries }: { entries: Report["log"] }) {
  if (entries.length === 0) return <Text fz="sm" c="dimmed">Nothing has happened yet.</Text>;
  return (
    <ol className={styles.log}>
      {entries.map((entry) => (
        <li key={`${entry.at} ${entry.text}`}><RelativeTime at={entry.at} /><span>{entry.text}</span></li>
      ))}
    </ol>
  );
}

function Files({ files }: { files: Report["files"] }) {
  return (
    <>
      <Title order={2} mt="lg" mb="sm">Files</Title>
      <Stack gap="sm">
        {files.map((file) => (
          <Stack key={file.id} gap={2}>
            <Group gap="sm" wrap="nowrap">
              <IconFile size={16} aria-hidden="true" style={{ flex: "none" }} />
              <Anchor href={file.url} download={file.name} fz="sm" truncate>{file.name}</Anchor>
              <Text fz="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>{formatBytes(file.size)}</Text>
            </Group>
            <Text fz="xs" c="dimmed">Kept until {plainDate(file.expiresAt)}</Text>
            {file.kind === "EXPORT" && file.sha256 && <Text fz="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>SHA-256 {file.sha256}</Text>}
          </Stack>
        ))}
      </Stack>
    </>
  );
}
