import type { Story } from "../ui/stories.ts";
import { RunProgress, type RunState } from "./progress.tsx";

const run: RunState = {
  id: "run_1", kind: "IMPORT", phase: "APPLY", status: "RUNNING", title: "shops-2026.csv",
  createdAt: "2026-03-12T12:00:00Z", startedAt: "2026-03-12T12:00:01Z", finishedAt: null,
  processed: 12_480, total: 48_212, rate: 2143.2, etaSeconds: 17, attempt: 1, cancelRequested: false,
  planned: [], outcome: [], error: null,
};

export const stories: Story[] = [
  { name: "waiting", render: () => <RunProgress run={{ ...run, status: "QUEUED", processed: 0, total: null, rate: null, etaSeconds: null }} />, shows: ["Waiting for a worker"] },
  { name: "running", render: () => <RunProgress run={run} />, shows: ["12,480 of 48,212 rows · 2,143 rows/s · 17 s left", "25 %"] },
  { name: "stopping", render: () => <RunProgress run={{ ...run, cancelRequested: true }} />, shows: ["stopping"] },
  { name: "done", render: () => <RunProgress run={{ ...run, status: "SUCCEEDED", processed: 48_212, rate: null, etaSeconds: null }} />, shows: ["48,212 of 48,212 rows"] },
  { name: "failed", render: () => <RunProgress run={{ ...run, status: "FAILED" }} />, shows: ["12,480 of 48,212 rows"] },
];
