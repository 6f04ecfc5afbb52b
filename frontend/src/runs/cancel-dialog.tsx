import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { ConfirmDialog } from "../ui/confirm.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import type { RunState } from "./progress.tsx";

const RunCancel = graphql(`
  mutation RunCancel($id: ID!, $input: RunCancelInput!) {
    runCancel(id: $id, input: $input) { run { id status cancelRequested } applied errors { code message path } }
  }
`);

const GONE = "Who is gone already stays gone; the customers after that stay as they are.";
const GOES_ON: Partial<Record<RunState["kind"], string>> = { ANONYMIZE: GONE, ERASE: GONE };

/** Asks before a run is stopped between two of its steps. */
export function CancelDialog({ run, onClose }: { run: Pick<RunState, "id" | "kind" | "phase" | "title">; onClose: () => void }) {
  const [, cancel] = useMutation(RunCancel);
  const act = async () => {
    const { data, error } = await cancel({ id: run.id, input: {} });
    if (error) toastError(error, "The run goes on.");
    else if (data && data.runCancel.errors.length > 0) toastError(data.runCancel.errors, "The run goes on.");
    else toast(data?.runCancel.run?.status === "CANCELLED" ? "Cancelled" : "The run stops after the step it is at");
  };
  return (
    <ConfirmDialog opened onClose={onClose} title={`Cancel ${run.title}?`} confirm="Cancel the run" danger onConfirm={act}>
      {run.phase === "PLAN" ? "Nothing has been written so far, and nothing will be." : GOES_ON[run.kind] ?? "What it wrote so far stays; the rows after that are not written."}
    </ConfirmDialog>
  );
}
