import { useRef } from "react";
import { useMutation } from "urql";
import type { ResultOf, VariablesOf } from "../graphql.ts";
import { toastError } from "../ui/toast.tsx";
import { CHANGED, RecordMutation } from "./queries.ts";
import { type IdentifierInput, type RecordedState, type Topic, topicInput } from "./topics.ts";
import type { Entry, Identifier } from "./words.tsx";

export type Result = ResultOf<typeof RecordMutation>["consentsRecord"]["results"][number];
type Item = VariablesOf<typeof RecordMutation>["input"]["items"][number];

/** A change of consent that somebody is about to record. */
export interface Ask {
  customerId: string;
  topic: Topic;
  /** Whether they agree, or refuse. */
  grants: boolean;
  /** Whose consent it may be: those chosen first are ticked. */
  candidates: readonly Identifier[];
  /** The keys of those that are ticked from the start. */
  chosen: readonly string[];
  /** Whether the person still says which way it goes, as from the history. */
  bothWays?: boolean;
}

export interface Said {
  state: RecordedState;
  reason: string;
  note?: string;
  basis?: Entry["basis"];
  collectedAt?: string;
  term?: string;
  termVersion?: number;
}

/** One item for each identifier. */
export function itemsOf(topic: Topic, identifiers: readonly IdentifierInput[], said: Said): Item[] {
  const { state, reason, note, basis, collectedAt, term, termVersion } = said;
  return identifiers.map((identifier) => ({
    identifier, ...topicInput(topic), state, reason, createIfMissing: false,
    ...(basis && { basis }), ...(collectedAt && { collectedAt }), ...(note && { evidence: { note } }),
    ...(term && { term }), ...(termVersion !== undefined && { termVersion }),
  }));
}

/** A key that no other has; `crypto.randomUUID` is missing where the app is not served over TLS. */
function freshKey(): string {
  return `app ${[...crypto.getRandomValues(new Uint32Array(4))].map((one) => one.toString(36)).join("")}`;
}

/** Sends items; the same items twice, as after a lost connection, are one effect. Undefined when they were not answered. */
export function useRecord(): { send: (items: Item[]) => Promise<Result[] | undefined>; busy: boolean } {
  const [{ fetching }, record] = useMutation(RecordMutation);
  const last = useRef<{ said: string; key: string }>(undefined);
  const send = async (items: Item[]) => {
    const said = JSON.stringify(items);
    if (last.current?.said !== said) last.current = { said, key: freshKey() };
    const { data, error } = await record({ input: { items, idempotencyKey: last.current.key } }, CHANGED);
    if (error) toastError(error, "Nothing was recorded. What you typed is still here.");
    const answer = data?.consentsRecord;
    if (answer && answer.errors.length > 0 && answer.results.length === 0) {
      toastError(answer.errors, "Nothing was recorded.");
      return undefined;
    }
    return answer?.results;
  };
  return { send, busy: fetching };
}
