import { getRouteApi } from "@tanstack/react-router";
import type { Operation } from "../ui/operation.ts";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { NoPermission } from "../ui/states.tsx";
import { TabLink, TabList } from "../ui/tabs.tsx";
import { PlanMutation, RequestsQuery, SuppressionLiftMutation, SuppressionQuery } from "./queries.ts";
import { Requests } from "./requests.tsx";
import { Retention } from "./retention.tsx";
import { ForecastQuery, PoliciesQuery, PolicyCreate } from "./retention-queries.ts";
import { Suppressed } from "./suppressed.tsx";

const route = getRouteApi("/shell/privacy/erasure");

const TABS = [["requests", "Requests"], ["retention", "Retention"], ["suppressed", "Suppressed addresses"]] as const;
type Tab = (typeof TABS)[number][0];

const OPERATIONS: Record<Exclude<Tab, "retention">, Operation[]> = {
  requests: [
    { title: "The requests", document: RequestsQuery, variables: { first: 50, after: null } },
    { title: "A plan", document: PlanMutation, variables: { input: { act: "ANONYMIZE", where: { lastSeenAt: { olderThanDays: 730 } }, reason: "Not seen for two years" } } },
  ],
  // An example in place of what was typed: it names a person.
  suppressed: [
    { title: "Look one up", document: SuppressionQuery, variables: { kind: "EMAIL", value: "jane@example.org" } },
    { title: "Lift it", document: SuppressionLiftMutation, variables: { input: { kind: "EMAIL", value: "jane@example.org", reason: "Became a customer again" } } },
  ],
};

function retentionOperations(policy: string | undefined): Operation[] {
  return [
    { title: "The policies", document: PoliciesQuery, variables: {} },
    { title: "Who goes", document: ForecastQuery, variables: { policy: policy ?? "rtp_000000000000000000000000", first: 50, after: null, blocked: null } },
    { title: "A new one", document: PolicyCreate, variables: { input: { name: "Not seen for two years", act: "ANONYMIZE", ageOf: "LAST_SEEN", days: 730 } } },
  ];
}

/** Who was or will be anonymized and erased, what does so by itself, and which addresses may not come back. */
export function PrivacyPage() {
  const { tab: wanted, policy } = route.useSearch();
  const can = useCan();
  const may: Record<Tab, string | undefined> = {
    // Requests are runs, so that whoever reads runs sees them; what the page is for, says the other permission.
    requests: can("run.read") ? undefined : "run.read",
    retention: can("settings.retention") ? undefined : "settings.retention",
    suppressed: can("suppression.lift") ? undefined : "suppression.lift",
  };
  const first = TABS.find(([name]) => !may[name])?.[0] ?? "requests";
  const tab = wanted ?? (can("run.read") ? "requests" : first);
  return (
    <Page title="Erasure & retention" operations={tab === "retention" ? retentionOperations(policy) : OPERATIONS[tab]}>
      <TabList label="Parts of the page">
        {TABS.filter(([name]) => !may[name] || name === tab).map(([name, label]) => (
          <TabLink key={name} name={name} selected={tab === name} to="/privacy/erasure" search={name === "requests" ? {} : { tab: name }}>{label}</TabLink>
        ))}
      </TabList>
      <div id="tab" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={-1} style={{ outline: 0 }}>
        {may[tab] ? <NoPermission permission={may[tab]} /> : <Part tab={tab} />}
      </div>
    </Page>
  );
}

function Part({ tab }: { tab: Tab }) {
  switch (tab) {
    case "requests": return <Requests />;
    case "retention": return <Retention />;
    case "suppressed": return <Suppressed />;
  }
}
