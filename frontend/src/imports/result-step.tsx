import { Alert, Group, Stack, Text } from "@mantine/core";
import { isGoing, RunProgress, type RunState } from "../runs/progress.tsx";
import { ButtonLink, TextLink } from "../ui/links.tsx";
import { useCan, useViewer } from "../ui/session.tsx";
import { Status } from "../ui/status.tsx";
import { formatDuration } from "../ui/values.tsx";
import { ConsentTallies, resubscribing } from "./consent-tallies.tsx";
import styles from "./imports.module.css";
import { correctable, sumText, tilesOf } from "./outcomes.ts";
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
        <div>
          <Text fw={500}>{sumText(run.outcome, rowsRead, "done", going ? "to come" : "not written")}</Text>
          {run.status === "SUCCEEDED" && <Report run={run} starterId={starterId} />}
        </div>
        {!going && (
          <Group gap="sm" ml="auto">
            {details && run.status === "SUCCEEDED" && <ErrorFile file={details.errorFile} rows={correctable(run.outcome) || resubscribing(details)} />}
            <ButtonLink to="/customers" variant="default">See the customers</ButtonLink>
          </Group>
        )}
      </div>
      <Tiles tiles={tilesOf(run.outcome)} phase="done" shown={search.rows} {...(!going && { onShow: (rows) => onSearch({ ...search, rows, after: undefined }) })} />
      {!going && details && (
        <>
          <ConsentTallies details={details} phase="done" shown={search.problem} onShow={(problem) => onSearch({ ...search, problem, after: undefined })} />
          <Problems problems={details.problems} shown={search.problem} onShow={(problem) => onSearch({ ...search, problem, after: undefined })} />
          <RowList id={run.id} applied search={search} onSearch={onSearch} />
        </>
      )}
      {details && <ReadAs details={details} />}
    </Stack>
  );
}

/** Why it did not come to its end, if so. */
function Ending({ run }: { run: RunState }) {
  if (run.status === "FAILED") {
    return <Alert color="red" variant="light" p="md" role="alert" title="The import stopped on an error">{run.error?.message} What was written before stays; see the rows below.</Alert>;
  }
  if (run.status !== "CANCELLED") return null;
  return <Alert color="gray" variant="light" p="md" title="Cancelled">What was written before stays. Importing the file again writes what is missing, and nothing twice.</Alert>;
}

/** That it is done, how long it took, and where the report goes. */
function Report({ run, starterId }: { run: RunState; starterId: string | null | undefined }) {
  const viewer = useViewer();
  const can = useCan();
  const seconds = run.startedAt && run.finishedAt ? (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 : 0;
  const whom = starterId === viewer.id && viewer.email ? viewer.email : "whoever started it";
  return (
    <Group gap="sm" fz="sm" c="dimmed">
      <Status tone="good">Done{seconds >= 1 && ` in ${formatDuration(seconds)}`}</Status>
      <span>The report goes by mail to {whom}{can("settings.mail") && <>; it also stands in the <TextLink to="/outbox" fz="inherit" underline="always">outbox</TextLink></>}.</span>
    </Group>
  );
}
