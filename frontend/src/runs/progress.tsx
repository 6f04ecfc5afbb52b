import { Group, Progress, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { type CombinedError, useQuery, useSubscription } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { usePolling } from "../ui/polling.ts";
import { formatDuration, formatNumber } from "../ui/values.tsx";

export const RunProgressQuery = graphql(`
  query RunProgress($id: ID!) {
    run(id: $id) {
      id kind phase status title createdAt startedAt finishedAt processed total rate etaSeconds attempt cancelRequested
      planned { name count }
      outcome { name count }
      error { code message path }
    }
  }
`);

export const RunProgressSubscription = graphql(`
  subscription RunProgressLive($id: ID!) {
    runProgress(id: $id) {
      id kind phase status title createdAt startedAt finishedAt processed total rate etaSeconds attempt cancelRequested
      planned { name count }
      outcome { name count }
      error { code message path }
    }
  }
`);

export type RunState = NonNullable<ResultOf<typeof RunProgressQuery>["run"]>;

const SILENT_MS = 4000;
const POLL_MS = 2000;

/** Whether a worker has it, or will have. */
export function isGoing(run: Pick<RunState, "status">): boolean {
  return run.status === "QUEUED" || run.status === "RUNNING";
}

interface Live {
  /** Undefined until the first answer; null where there is no such run, or none that the viewer may see. */
  run: RunState | null | undefined;
  error: CombinedError | undefined;
  again: () => void;
}

/** Follows a run: over the socket while it speaks, by asking every two seconds where it is silent; it stops when the run ends. */
export function useRunProgress(id: string, onEnd?: () => void): Live {
  const [{ data, error }, ask] = useQuery({ query: RunProgressQuery, variables: { id }, requestPolicy: "cache-and-network" });
  const again = () => ask({ requestPolicy: "network-only" });
  const heard = useRef(0);
  const asked = data?.run;
  const [{ data: told }] = useSubscription({ query: RunProgressSubscription, variables: { id }, pause: !asked || !isGoing(asked) });
  const spoken = told?.runProgress.id === id ? told.runProgress : undefined;
  const run = spoken && asked ? later(asked, spoken) : asked;
  const going = run ? isGoing(run) : false;
  useEffect(() => {
    if (spoken) heard.current = Date.now();
  }, [spoken]);
  usePolling(() => {
    if (Date.now() - heard.current > SILENT_MS) again();
  }, going ? POLL_MS : undefined);
  useEnd(run, going, () => {
    // The answer by query joins the cache, where the other parts of the page read the ended run.
    again();
    onEnd?.();
  });
  return { run, error, again };
}

/** Calls once when a run that was seen going has ended. */
function useEnd(run: RunState | null | undefined, going: boolean, onEnd: () => void): void {
  const wasGoing = useRef(false);
  useEffect(() => {
    const ended = wasGoing.current && !going && run;
    wasGoing.current = going;
    if (ended) onEnd();
  });
}

/** Of two views of one run the one that has seen more: a phase, its end, or more rows. */
export function later(first: RunState, second: RunState): RunState {
  const rank = (run: RunState) => PHASES.indexOf(run.phase) * 2 + (isGoing(run) ? 0 : 1);
  if (rank(first) !== rank(second)) return rank(first) > rank(second) ? first : second;
  return second.processed >= first.processed ? second : first;
}

const PHASES = ["PLAN", "APPLY", "UNDO"];

/** How far a run is: bar, rows, rows per second, time left. */
export function RunProgress({ run }: { run: RunState }) {
  const going = isGoing(run);
  // Of how many it is may not be known; the bar then moves without saying how far it is.
  const endless = run.status === "RUNNING" && run.total === null;
  const share = run.total ? Math.min(100, (run.processed / run.total) * 100) : endless ? 100 : 0;
  // While a plan is made, the total is reckoned from the bytes that were read so far.
  const about = going && run.phase === "PLAN" ? "about " : "";
  const unit = run.kind === "ANONYMIZE" || run.kind === "ERASE" ? "customers" : "rows";
  const rows = run.total === null ? `${formatNumber(run.processed)} ${unit}` : `${formatNumber(run.processed)} of ${about}${formatNumber(run.total)} ${unit}`;
  const facts = [
    run.status === "QUEUED" && "Waiting for a worker",
    run.status !== "QUEUED" && rows,
    going && run.rate ? `${formatNumber(Math.round(run.rate))} ${unit}/s` : false,
    going && run.etaSeconds !== null && run.status === "RUNNING" ? `${formatDuration(run.etaSeconds)} left` : false,
    run.cancelRequested && going && "stopping",
  ].filter(Boolean);
  const color = run.status === "FAILED" ? "red" : run.status === "CANCELLED" ? "gray" : "accent";
  return (
    <div>
      <Progress value={going || run.status === "FAILED" || run.status === "CANCELLED" ? share : 100} color={color} size={6} animated={endless} aria-label={`Progress of ${run.title}`} />
      <Group justify="space-between" mt="sm" gap="sm">
        <Text fz="sm" className="num">{facts.join(" · ")}</Text>
        {going && run.total !== null && run.status === "RUNNING" && <Text fz="sm" c="dimmed" className="num">{Math.floor(share)} %</Text>}
      </Group>
    </div>
  );
}
