import { Button, Checkbox, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { graphql, type VariablesOf } from "../graphql.ts";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState, ErrorState, NoPermission, TextSkeleton } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import styles from "./consent.module.css";
import { ForecastTable, ForecastQuery } from "./forecast-table.tsx";
import { AgreementsQuery, type Purpose } from "./queries.ts";

const PolicyMutation = graphql(`
  mutation ReachabilityPolicyUpdate($input: ReachabilityPolicyUpdateInput!) {
    reachabilityPolicyUpdate(input: $input) { applied purposes { key allowUnknown allowImplicit } errors { code message path } }
  }
`);

export type Policy = VariablesOf<typeof ForecastQuery>["policy"][number];
const PAUSE_MS = 400;
const CHANGED = { additionalTypenames: ["Purpose", "Customer", "Contactability", "ReachabilityForecast"] };

/** Who counts as reachable without having said yes. */
export function ReachabilityPage() {
  const can = useCan();
  const [{ data, error }, ask] = useQuery({ query: AgreementsQuery });
  const purposes = data?.purposes.filter(({ archivedAt }) => archivedAt === null);
  const operations = [
    { title: "Purposes", document: AgreementsQuery },
    { title: "The forecast", document: ForecastQuery, variables: { policy: (purposes ?? []).map(policyOf) } },
    { title: "A change", document: PolicyMutation, variables: { input: { policy: (purposes ?? []).map(policyOf) } } },
  ];
  return (
    <Page title="Reachability" operations={operations}>
      {!can("settings.consent") && <NoPermission permission="settings.consent" />}
      {can("settings.consent") && error && !data && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {can("settings.consent") && !data && !error && <TextSkeleton lines={12} />}
      {can("settings.consent") && purposes?.length === 0 && <EmptyState title="There are no purposes">Every one is archived.</EmptyState>}
      {can("settings.consent") && purposes && purposes.length > 0 && <Editor purposes={purposes} />}
    </Page>
  );
}

const policyOf = ({ key, allowUnknown, allowImplicit }: Purpose): Policy => ({ purpose: key, allowUnknown, allowImplicit });

function Editor({ purposes }: { purposes: readonly Purpose[] }) {
  const [edits, setEdits] = useState<ReadonlyMap<string, Policy>>(new Map());
  const [{ fetching }, save] = useMutation(PolicyMutation);
  const policy = purposes.map((purpose) => edits.get(purpose.key) ?? policyOf(purpose));
  const [settled] = useDebouncedValue(policy, PAUSE_MS);
  const changed = policy.filter((one) => purposes.some((purpose) => purpose.key === one.purpose && (purpose.allowUnknown !== one.allowUnknown || purpose.allowImplicit !== one.allowImplicit)));
  const change = (next: Policy) => setEdits(new Map(edits).set(next.purpose, next));
  const submit = async () => {
    const { data, error } = await save({ input: { policy: changed } }, CHANGED);
    if (error) return toastError(error, "Nothing was saved. Your choices are still here.");
    if (data && data.reachabilityPolicyUpdate.errors.length > 0) return toastError(data.reachabilityPolicyUpdate.errors, "Nothing was saved.");
    toast("Reachability saved");
  };
  return (
    <>
      <section className={styles.section} aria-labelledby="policy">
        <div className={styles.head}>
          <h2 id="policy">Who counts as reachable</h2>
          <div style={{ display: "flex", gap: 8 }}>
            <Button variant="default" disabled={changed.length === 0} onClick={() => setEdits(new Map())}>Back to what is saved</Button>
            <Button disabled={changed.length === 0} loading={fetching} onClick={() => void submit()}>Save</Button>
          </div>
        </div>
        <p className={styles.help}>Who said yes can be reached, and who said no cannot. This is about everybody else.</p>
        <Table fz="sm" aria-label="Policy" maw={760} className={styles.quietHead}>
          <Table.Thead><Table.Tr><Table.Th>Purpose</Table.Th><Table.Th>Never asked</Table.Th><Table.Th>Implicit consent</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {purposes.map((purpose, place) => {
              const one = policy[place];
              return one && <Line key={purpose.key} purpose={purpose} policy={one} onChange={change} />;
            })}
          </Table.Tbody>
        </Table>
        <Text fz="xs" c="dimmed" mt="sm" maw={640}>Implicit: the data was given for business, as with an order, and nobody asked.</Text>
      </section>
      <ForecastTable policy={settled} purposes={purposes} changed={changed.length > 0} />
    </>
  );
}

function Line({ purpose, policy, onChange }: { purpose: Purpose; policy: Policy; onChange: (policy: Policy) => void }) {
  return (
    <Table.Tr>
      <Table.Td><span className={styles.name}>{purpose.name}</span>{purpose.about && <div className={styles.quiet}>{purpose.about}</div>}</Table.Td>
      <Table.Td><Checkbox label="Reachable" aria-label={`${purpose.name}: who was never asked is reachable`} checked={policy.allowUnknown} onChange={(event) => onChange({ ...policy, allowUnknown: event.currentTarget.checked })} /></Table.Td>
      <Table.Td><Checkbox label="Reachable" aria-label={`${purpose.name}: implicit consent is enough`} checked={policy.allowImplicit} onChange={(event) => onChange({ ...policy, allowImplicit: event.currentTarget.checked })} /></Table.Td>
    </Table.Tr>
  );
}
