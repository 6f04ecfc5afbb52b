import { Button, Text } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { OrMissing, plainDate } from "../ui/values.tsx";
import { useExemptions } from "./exemptions.ts";
import { PolicyPart } from "./policy.tsx";
import styles from "./privacy.module.css";
import { PoliciesQuery, type Policy } from "./retention-queries.ts";
import { isAhead, policyText } from "./words.ts";

const PolicyDialog = lazy(async () => ({ default: (await import("./policy-dialog.tsx")).PolicyDialog }));

const route = getRouteApi("/shell/privacy/erasure");

/** What becomes of customers at an age, by itself: the policies, and of the open one whom it is about. */
export function Retention() {
  const { policy: open } = route.useSearch();
  const navigate = route.useNavigate();
  const [adding, setAdding] = useState(false);
  const context = useMemo(() => ({ additionalTypenames: ["RetentionPolicy"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: PoliciesQuery, variables: {}, context });
  const { text } = useExemptions();
  const columns = useMemo((): Column<Policy>[] => [
    { id: "name", header: "Policy", grow: 24, cell: ({ name }) => <span style={{ fontWeight: 500 }} title={name}>{name}</span> },
    { id: "what", header: "What it does", grow: 44, cell: (policy) => <span title={policyText(policy)}>{policyText(policy)}</span> },
    { id: "except", header: "Except", grow: 26, cell: (policy) => <OrMissing>{policy.except ? text(policy.except) : null}</OrMissing>, hideOn: "narrow" },
    { id: "state", header: "State", cell: (policy) => <PolicyState policy={policy} /> },
  ], [text]);
  const policies = data?.retentionPolicies;
  const chosen = policies?.find(({ id }) => id === open) ?? policies?.[0];
  return (
    <>
      <div className={styles.head}>
        <Text fz="sm" c="dimmed" maw={680}>Every night at three, a policy that is on anonymizes or erases whoever has reached its age. It is off until you switch it on. A legal hold always wins.</Text>
        {policies && policies.length > 0 && <Button onClick={() => setAdding(true)}>New policy</Button>}
      </div>
      <DataTable label="Retention policies" columns={columns} rows={policies} rowId={({ id }) => id} fetching={fetching} error={error} skeletonRows={2}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={({ id }) => navigate({ search: { tab: "retention", policy: id } })}
        empty={(
          <EmptyState icon={<IconHourglass size={28} stroke={1.5} />} title="Customers are kept for ever" action={<Button onClick={() => setAdding(true)}>New policy</Button>}>
            A policy anonymizes or erases customers at an age: those not seen for two years, for example. Nothing happens before you switch it on.
          </EmptyState>
        )} />
      {chosen && <PolicyPart key={chosen.id} policy={chosen} />}
      <Suspense>
        {adding && <PolicyDialog policy={undefined} onClose={() => setAdding(false)} onSaved={(id) => void navigate({ search: { tab: "retention", policy: id } })} />}
      </Suspense>
    </>
  );
}

function PolicyState({ policy: { enabled, firstRunAfter, error } }: { policy: Policy }) {
  if (!enabled) return <Status tone="quiet">Off</Status>;
  if (error) return <Status tone="bad">Does not run</Status>;
  return firstRunAfter && isAhead(firstRunAfter) ? <Status tone="warn">Begins {plainDate(firstRunAfter)}</Status> : <Status tone="good">On</Status>;
}
