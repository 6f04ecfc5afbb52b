import { useMemo } from "react";
import { type RequestPolicy, useQuery } from "urql";
import { useCan } from "../ui/session.tsx";
import { type CustomerPrivacy, CustomerPrivacyQuery } from "./queries.ts";

/** What keeps a customer, or will take her away; undefined until it is known. The parts of a page share one answer. */
export function useCustomerPrivacy(id: string, requestPolicy: RequestPolicy = "cache-first"): CustomerPrivacy | undefined {
  const runs = useCan()("run.read");
  const context = useMemo(() => ({ additionalTypenames: ["Customer", "Run"] }), []);
  const [{ data }] = useQuery({ query: CustomerPrivacyQuery, variables: { id, runs }, requestPolicy, context });
  return data?.customer?.id === id ? data.customer : undefined;
}
