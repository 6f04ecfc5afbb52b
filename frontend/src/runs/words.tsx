import { Status, type Tone } from "../ui/status.tsx";
import { formatNumber } from "../ui/values.tsx";
import type { RunState } from "./progress.tsx";

const KINDS: Record<RunState["kind"], string> = { IMPORT: "Import", EXPORT: "Export", ANONYMIZE: "Anonymization", ERASE: "Erasure", COPY: "Copy" };

const STATES: Record<RunState["status"], [Tone, string]> = {
  QUEUED: ["going", "Waiting"],
  RUNNING: ["going", "Running"],
  READY: ["warn", "Ready to apply"],
  SUCCEEDED: ["good", "Done"],
  FAILED: ["bad", "Failed"],
  CANCELLED: ["quiet", "Cancelled"],
};

const PHASES: Record<RunState["phase"], string> = { PLAN: "Plan", APPLY: "Apply", UNDO: "Undo" };

// What a count is called; these are the row outcomes of an import.
const OUTCOMES: Record<string, string> = {
  CREATE: "created", UPDATE: "updated", UNCHANGED: "unchanged", SKIPPED: "skipped", INVALID: "invalid", CONFLICT: "in conflict", DRIFTED: "drifted",
  WRITTEN: "written", GONE: "left out, deleted meanwhile", CONSENT: "left out, no longer agree",
};
const PLANNED: Record<string, string> = { ...OUTCOMES, CREATE: "to create", UPDATE: "to update" };
// Of an anonymization or erasure they are what becomes of customers.
const LEFT_OUT = { HELD: "on hold", MISSING: "not there any more", ALREADY: "anonymized before" };
const FATES: Partial<Record<RunState["kind"], [planned: Record<string, string>, done: Record<string, string>]>> = {
  ANONYMIZE: [{ ...LEFT_OUT, GONE: "to anonymize" }, { ...LEFT_OUT, GONE: "anonymized" }],
  ERASE: [{ ...LEFT_OUT, GONE: "to erase" }, { ...LEFT_OUT, GONE: "erased" }],
};

export function kindWord(kind: RunState["kind"]): string {
  return KINDS[kind];
}

export function phaseWord(phase: RunState["phase"]): string {
  return PHASES[phase];
}

/** A run's state: a colour and a word. */
export function RunStatus({ run }: { run: Pick<RunState, "status" | "cancelRequested"> }) {
  const [tone, word] = STATES[run.status];
  return <Status tone={tone}>{run.cancelRequested && run.status === "RUNNING" ? "Stopping" : word}</Status>;
}

/** What a run came to, or what its plan says: "412 created, 96 updated". */
export function countsText(run: Pick<RunState, "kind" | "planned" | "outcome">): string {
  const [planned, done] = FATES[run.kind] ?? [PLANNED, OUTCOMES];
  const [counts, words] = run.outcome.some((one) => one.count > 0) ? [run.outcome, done] : [run.planned, planned];
  return counts.filter((one) => one.count > 0).map((one) => `${formatNumber(one.count)} ${words[one.name] ?? one.name.toLowerCase()}`).join(", ");
}
