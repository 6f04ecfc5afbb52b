import { Alert, Group, Stack, Text } from "@mantine/core";
import { isGoing, RunProgress, type RunState } from "../runs/progress.tsx";
import { ButtonLink, TextLink } from "../ui/links.tsx";
import { useCan, useViewer } from "../ui/session.tsx";
import { formatDuration } from "../ui/values.tsx";
import styles from "./imports.module.css";
import { sumText, tilesOf } from "./outcomes.ts";
import { ReadAs } from "./plan-step.tsx";
import { type Details, ErrorFile, Problems } from "./problems.tsx";
import type { RowsSearch } from "./routes.tsx";
import { RowList } from "./row-list.tsx";
import { Tiles } from "./tiles.tsx";

interface ResultStepProps {
  run: RunState;
  details: Details | undefined;
  starterId: string | null | undefined;
  search: RowsSearch;
  onSearch: (search: RowsSearch) => void;
}

/** Step 4: how far it is, and then what happened. */
export function ResultStep({ run, details, starterId, search, onSearch }: ResultStepProps) {
  const going = isGoing(run);
  const rowsRead = details?.rowsRead ?? run.total ?? run.processed;
  return (
    <Stack gap="lg">
      {going ? (
        <div>
          <RunProgress run={run} />
          <Text fz="sm" c="dimmed" mt="sm">This tab can be closed: the import goes on, and you find it again under Imports.</Text>
        </div>
      ) : <Ending run={run} />}
      <div className={styles.bar}>
        <Text fw={500}>{sumText(run.outcome, rowsRead, "done", going ? "to come" : "not written")}</Text>
        {!going && details?.errorFile && <Group ml="auto"><ErrorFile file={details.errorFile} /></Group>}
      </div>
      <Tiles tiles={tilesOf(run.outcome)} phase="done" shown={search.rows} {...(!going && { onShow: (rows) => onSearch({ ...search, rows, after: undefined }) })} />
      {!going && details && (
        <>
          <Mailed run={run} starterId={starterId} />
          <Problems problems={details.problems} shown={search.problem} onShow={(problem) => onSearch({ ...search, problem, after: undefined })} />
          <RowList id={run.id} applied search={search} onSearch={onSearch} />
        </>
      )}
      {details && <ReadAs details={details} />}
    </Stack>
  );
}

/** How it ended, in one line. */
function Ending({ run }: { run: RunState }) {
  if (run.status === "FAILED") {
    return <Alert color="red" variant="light" p="md" role="alert" title="The import stopped on an error">{run.error?.message} What was written before stays; see the rows below.</Alert>;
  }
  if (run.status === "CANCELLED") {
    return <Alert color="gray" variant="light" p="md" title="Cancelled">What was written before stays. Importing the file again writes what is missing, and nothing twice.</Alert>;
  }
  const seconds = run.startedAt && run.finishedAt ? (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 : undefined;
  return (
    <Alert color="green" variant="light" p="md" title="Done">
      <Group justify="space-between" gap="sm">
        <span>Every row has come to something{seconds !== undefined && seconds >= 1 && `, in ${formatDuration(seconds)} from the first row on`}.</span>
        <ButtonLink to="/customers" variant="default">See the customers</ButtonLink>
      </Group>
    </Alert>
  );
}

function Mailed({ run, starterId }: { run: RunState; starterId: string | null | undefined }) {
  const viewer = useViewer();
  const can = useCan();
  if (run.status !== "SUCCEEDED") return null;
  const whom = starterId === viewer.id && viewer.email ? viewer.email : "whoever started it";
  return (
    <Text fz="sm" c="dimmed">
      A report goes by mail to {whom}{can("settings.mail") && <>; it also stands in the <TextLink to="/outbox" fz="inherit">outbox</TextLink></>}.
    </Text>
  );
}
