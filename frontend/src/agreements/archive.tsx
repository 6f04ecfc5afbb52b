import type { ReactNode } from "react";
import { type CombinedError, useMutation } from "urql";
import { ConfirmDialog } from "../ui/confirm.tsx";
import type { UserError } from "../ui/errors.ts";
import { toast, toastError, toastUndo } from "../ui/toast.tsx";
import { ListUpdate, PurposeUpdate, TermUpdate } from "./queries.ts";

export type Kind = "purpose" | "term" | "list";

interface Thing {
  key: string;
  name: string;
}

const STAYS: Record<Kind, ReactNode> = {
  purpose: "Nobody can agree to it any more, and no new list can be for it. What people agreed to or refused stays as it is and stays provable.",
  term: "Nobody can accept it any more and it gets no new versions. Who accepted it, and which wording, stays provable.",
  list: "Nobody can subscribe any more. Those who are on it stay on it, and can still leave.",
};

interface Answer {
  data?: unknown;
  error?: CombinedError | undefined;
}

/** Archives a thing or takes it back, says so with Undo, and answers whether it was done. */
export function useArchive(kind: Kind) {
  const [, purpose] = useMutation(PurposeUpdate);
  const [, term] = useMutation(TermUpdate);
  const [, list] = useMutation(ListUpdate);
  const send = { purpose, term, list }[kind];
  const set = async ({ key, name }: Thing, archived: boolean, quiet = false): Promise<boolean> => {
    const { data, error }: Answer = await send({ key, input: { archived } });
    const payload = Object.values((data ?? {}) as Record<string, { applied: boolean; errors: UserError[] }>)[0];
    if (error) toastError(error);
    else if (payload && payload.errors.length > 0) toastError(payload.errors);
    if (!payload?.applied) return false;
    if (!quiet && archived) toastUndo(`${name} archived`, () => set({ key, name }, false, true));
    else toast(archived ? `${name} archived` : `${name} is in use again`);
    return true;
  };
  return set;
}

/** Asks before a thing is archived. */
export function ArchiveDialog({ kind, thing, onClose, onDone }: { kind: Kind; thing: Thing; onClose: () => void; onDone?: () => void }) {
  const archive = useArchive(kind);
  const act = async () => {
    const done = await archive(thing, true);
    if (done) onDone?.();
    return done;
  };
  return (
    <ConfirmDialog opened onClose={onClose} title={`Archive the ${kind} ${thing.name}?`} confirm={`Archive ${kind}`} onConfirm={act}>
      {STAYS[kind]} It can be taken back at any time.
    </ConfirmDialog>
  );
}
