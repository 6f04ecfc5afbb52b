import { useMemo } from "react";
import { type RequestPolicy, useQuery } from "urql";
import { isGoing } from "../runs/progress.tsx";
import { usePolling } from "../ui/polling.ts";
import { useCan } from "../ui/session.tsx";
import { type CustomerPrivacy, CustomerPrivacyQuery } from "./queries.ts";

const POLL_MS = 2000;

/** What keeps a customer, or will take her away; undefined until it is known. The parts of a page share one answer. */
export function useCustomerPrivacy(id: string, requestPolicy: RequestPolicy = "cache-first"): CustomerPrivacy | undefined {
  const runs = useCan()("run.read");
  const context = useMemo(() => ({ additionalTypenames: ["Customer", "Run"] }), []);
  const [{ data }, ask] = useQuery({ query: CustomerPrivacyQuery, variables: { id, runs }, requestPolicy, context });
  const request = data?.customer?.privacyRequest;
  // A request is planned first; then it waits, or takes the customer away.
  usePolling(() => ask({ requestPolicy: "network-only" }), requestPolicy !== "cache-first" && request && isGoing(request) ? POLL_MS : undefined);
  return data?.customer?.id === id ? data.customer : undefined;
}
