import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { draw } from "../ui/testing.tsx";
import { CancelDialog } from "./cancel-dialog.tsx";
import { later, type RunState, useRunProgress } from "./progress.tsx";
import { countsText } from "./words.tsx";
import { WorkersNotice } from "./workers.tsx";

const run: RunState = {
  id: "run_1", kind: "IMPORT", phase: "APPLY", status: "RUNNING", title: "shops-2026.csv",
  createdAt: "2026-03-12T12:00:00Z", startedAt: "2026-03-12T12:00:01Z", finishedAt: null,
  processed: 100, total: 1000, rate: null, etaSeconds: null, attempt: 1, cancelRequested: false,
  planned: [{ name: "CREATE", count: 412 }, { name: "UPDATE", count: 96 }, { name: "SKIPPED", count: 0 }], outcome: [], error: null,
};

test("of two views of a run the later one counts", () => {
  const further = { ...run, processed: 200 };
  const ended: RunState = { ...run, processed: 150, status: "SUCCEEDED" };
  const planned: RunState = { ...run, phase: "PLAN", status: "READY", processed: 1000 };
  expect(later(run, further)).toBe(further);
  expect(later(ended, further)).toBe(ended);
  expect(later(run, planned)).toBe(run);
});

test("counts are words: the plan first, then what it came to", () => {
  expect(countsText(run)).toBe("412 to create, 96 to update");
  expect(countsText({ ...run, outcome: [{ name: "CREATE", count: 1204 }, { name: "INVALID", count: 2 }] })).toBe("1,204 created, 2 invalid");
});

test("the notice says that no worker is there, since when and what to do", async () => {
  draw(<WorkersNotice />, { answers: { Workers: () => ({ workers: { connected: false, lastSeenAt: "2026-03-12T12:00:00Z", workers: 0 } }) } });
  expect(await screen.findByText("No worker is connected")).toBeTruthy();
  expect(screen.getByText("12 Mar 2026")).toBeTruthy();
  expect(screen.getByText("regulars worker")).toBeTruthy();
});

test("a run is cancelled after a question", async () => {
  const cancel = vi.fn(() => ({ runCancel: { run: { id: "run_1", status: "RUNNING", cancelRequested: true }, applied: true, errors: [] } }));
  const onClose = vi.fn();
  draw(<CancelDialog run={run} onClose={onClose} />, { answers: { RunCancel: cancel } });
  fireEvent.click(await screen.findByRole("button", { name: "Cancel the run" }));
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(cancel).toHaveBeenCalledExactlyOnceWith({ id: "run_1", input: {} });
});

function Follower({ onEnd }: { onEnd: () => void }) {
  const { run: followed } = useRunProgress("run_1", onEnd);
  return <p>{followed ? `${followed.status} ${followed.processed}` : "none"}</p>;
}

test("without a socket a run is followed by asking, to its end", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const onEnd = vi.fn();
  let now: RunState = run;
  draw(<Follower onEnd={onEnd} />, { answers: { RunProgress: () => ({ run: now }) } });
  expect(await screen.findByText("RUNNING 100")).toBeTruthy();
  now = { ...run, processed: 700 };
  await vi.advanceTimersByTimeAsync(2100);
  expect(await screen.findByText("RUNNING 700")).toBeTruthy();
  now = { ...run, processed: 1000, status: "SUCCEEDED" };
  await vi.advanceTimersByTimeAsync(2100);
  expect(await screen.findByText("SUCCEEDED 1000")).toBeTruthy();
  await waitFor(() => expect(onEnd).toHaveBeenCalledOnce());
  vi.useRealTimers();
});
