import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";

export const VerifyQuery = graphql(`
  query ConsentLedgerVerify($after: String) {
    consentLedgerVerify(after: $after) { entries subjects next faults { kind entryId seq message } }
  }
`);

export type Fault = ResultOf<typeof VerifyQuery>["consentLedgerVerify"]["faults"][number];

export interface Verification {
  status: "idle" | "running" | "stopped" | "failed" | "done";
  entries: number;
  subjects: number;
  faults: readonly Fault[];
}

const NOTHING: Verification = { status: "idle", entries: 0, subjects: 0, faults: [] };

/** Checks the ledger part by part, as long as the page is open. */
export function useVerification(): { state: Verification; start: () => Promise<void>; stop: () => void } {
  const client = useClient();
  const [state, setState] = useState(NOTHING);
  // Which check is going on: an older one that answers late is not listened to.
  const going = useRef(0);
  useEffect(() => () => { going.current += 1; }, []);
  const start = async () => {
    going.current += 1;
    const mine = going.current;
    let found: Verification = { ...NOTHING, status: "running" };
    setState(found);
    let after: string | null = null;
    do {
      const { data } = await client.query(VerifyQuery, { after }, { requestPolicy: "network-only" }).toPromise();
      if (mine !== going.current) return;
      const part: ResultOf<typeof VerifyQuery>["consentLedgerVerify"] | undefined = data?.consentLedgerVerify;
      if (!part) return setState({ ...found, status: "failed" });
      after = part.next;
      found = {
        status: after === null ? "done" : "running",
        entries: found.entries + part.entries, subjects: found.subjects + part.subjects, faults: [...found.faults, ...part.faults],
      };
      setState(found);
    } while (after !== null);
  };
  const stop = () => {
    going.current += 1;
    setState((old) => ({ ...old, status: "stopped" }));
  };
  return { state, start, stop };
}
