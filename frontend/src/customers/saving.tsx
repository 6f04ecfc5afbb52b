import { createContext, lazy, type ReactNode, Suspense, use, useCallback, useMemo, useState } from "react";
import { useMutation } from "urql";
import { graphql, type ResultOf, type VariablesOf } from "../graphql.ts";
import type { UserError } from "../ui/errors.ts";
import { toast, toastError, toastUndo } from "../ui/toast.tsx";
import type { Field } from "./fields.ts";
import { useRevert } from "./revert.ts";
import { isEmpty, without } from "./update-input.ts";

const ConflictDialog = lazy(async () => ({ default: (await import("./conflict-dialog.tsx")).ConflictDialog }));

export const UpdateMutation = graphql(`
  mutation CustomerUpdate($id: ID!, $input: CustomerUpdateInput!) {
    customerUpdate(id: $id, input: $input) {
      applied rebased
      customer { id version }
      change { id version }
      conflicts { path original theirs yours at by { name } }
      errors { code message path }
      warnings { code message path }
    }
  }
`);

// It answers no customer: nothing on the page needs to be asked again for it.
export const TrialMutation = graphql(`
  mutation CustomerUpdateTrial($id: ID!, $input: CustomerUpdateInput!) {
    customerUpdate(id: $id, input: $input) { errors { code message path } }
  }
`);

export type UpdateInput = VariablesOf<typeof UpdateMutation>["input"];
type Answer = ResultOf<typeof UpdateMutation>["customerUpdate"];
export type Conflict = Answer["conflicts"][number];

/** Whether it was saved; what is wrong stands beside the fields. Without either the editor stays open as it is. */
export interface Saved {
  saved: boolean;
  errors: readonly UserError[];
}

interface Saving {
  /** Saves a change that was begun on this version. `said` is what the toast names: "Job title". */
  save: (input: UpdateInput, version: number, said: string) => Promise<Saved>;
  /** What would be wrong with it; nothing is saved. */
  tryOut: (input: UpdateInput) => Promise<readonly UserError[]>;
}

interface Clash {
  conflicts: readonly Conflict[];
  input: UpdateInput;
  version: number;
  said: string;
  resolve: (saved: Saved) => void;
}

const SavingContext = createContext<Saving | null>(null);
const NOT: Saved = { saved: false, errors: [] };

/** Saves changes of one customer for everything inside; shows a clash with somebody else's save as a dialog. */
export function SavingProvider({ id, fields, children }: { id: string; fields: readonly Field[]; children: ReactNode }) {
  const [, update] = useMutation(UpdateMutation);
  const [, trial] = useMutation(TrialMutation);
  const revert = useRevert(id);
  const [clash, setClash] = useState<Clash>();

  const save = useCallback(async (input: UpdateInput, version: number, said: string): Promise<Saved> => {
    const { data, error } = await update({ id, input: { ...input, expectedVersion: version } });
    if (error) toastError(error, "Nothing was saved. What you typed is still here.");
    const answer = data?.customerUpdate;
    if (!answer) return NOT;
    if (answer.conflicts.length > 0) {
      const now = answer.customer?.version ?? version;
      return new Promise((resolve) => setClash({ conflicts: answer.conflicts, input, version: now, said, resolve }));
    }
    if (answer.errors.length > 0) return { saved: false, errors: answer.errors };
    for (const warning of answer.warnings) toast(warning.message);
    const made = answer.change?.version;
    if (made !== undefined) toastUndo(`${said} saved`, () => revert(made, `${said} is as before`));
    return { saved: true, errors: [] };
  }, [id, update, revert]);

  const tryOut = useCallback(async (input: UpdateInput) => {
    const { data } = await trial({ id, input: { ...input, dryRun: true } });
    return data?.customerUpdate.errors ?? [];
  }, [id, trial]);

  const settle = async (taken: readonly string[]) => {
    if (!clash) return;
    setClash(undefined);
    const rest = without(clash.input, taken);
    clash.resolve(isEmpty(rest) ? { saved: true, errors: [] } : await save(rest, clash.version, clash.said));
  };
  const cancel = () => {
    clash?.resolve(NOT);
    setClash(undefined);
  };
  const saving = useMemo(() => ({ save, tryOut }), [save, tryOut]);
  return (
    <SavingContext value={saving}>
      {children}
      <Suspense>{clash && <ConflictDialog conflicts={clash.conflicts} fields={fields} onSettle={settle} onCancel={cancel} />}</Suspense>
    </SavingContext>
  );
}

/** How a customer's page saves. */
export function useSaving(): Saving {
  const saving = use(SavingContext);
  if (!saving) throw new Error("useSaving is for a customer's page.");
  return saving;
}
