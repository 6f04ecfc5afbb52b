import { Text } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import { NameCell } from "../customers/columns.tsx";
import { Choices } from "../ui/choices.tsx";
import { useCursors } from "../ui/cursors.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { DayBars } from "../ui/day-bars.tsx";
import { Pager } from "../ui/pager.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { formatNumber, Missing, plainDate, plural } from "../ui/values.tsx";
import styles from "./privacy.module.css";
import { type Forecast, ForecastQuery, type ForecastRow, type Policy } from "./retention-queries.ts";
import { ACTS, blockText, today } from "./words.ts";

const DAYS = 90;
const route = getRouteApi("/shell/privacy/erasure");
const SHOWN = [{ value: "all", label: "All" }, { value: "go", label: "Who goes" }, { value: "stay", label: "Who stays" }] as const;

/** Whom a policy is about in the next 90 days: a bar a day, then by name, with why some stay. */
export function ForecastPart({ policy }: { policy: Policy }) {
  const { who = "all" } = route.useSearch();
  const navigate = useNavigate();
  const cursors = useCursors();
  const blocked = who === "all" ? null : who === "stay";
  const context = useMemo(() => ({ additionalTypenames: ["RetentionPolicy", "Customer"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: ForecastQuery, variables: { policy: policy.id, first: 20, after: cursors.after, blocked }, context });
  const forecast = data?.retentionForecast;
  const columns = useMemo(() => columnsOf(policy), [policy]);
  return (
    <>
      {forecast && <Picture forecast={forecast} policy={policy} />}
      <div className={styles.head}>
        <h3>By name</h3>
        <Choices label="Who is listed" value={who} options={SHOWN} onChange={(next) => navigate({
          to: "/privacy/erasure", search: { tab: "retention", policy: policy.id, ...(next !== "all" && { who: next }) }, resetScroll: false,
        })} />
      </div>
      <DataTable key={who} label="Forecast" columns={columns} rows={forecast?.nodes} rowId={({ customer }) => customer.id} fetching={fetching} error={error} skeletonRows={5}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={({ customer }) => navigate({ to: "/customers/$id", params: { id: customer.id } })}
        empty={<EmptyState title={who === "stay" ? "Nobody stays who would go" : "Nobody goes within 90 days"}>{who === "stay" ? "Nobody of age is on hold or exempt." : "Nobody reaches the age of this policy so soon."}</EmptyState>} />
      <Pager onBack={cursors.back} onForward={cursors.forward(forecast?.pageInfo)} />
    </>
  );
}

function Picture({ forecast: { days, totals, firstRunAt }, policy: { act, enabled } }: { forecast: Forecast; policy: Policy }) {
  const { done } = ACTS[act];
  const said = `${totals.go === 0 ? "Nobody" : plural(totals.go, "customer")} ${enabled ? "will be" : "would be"} ${done} within 90 days${totals.blocked > 0 ? `; ${formatNumber(totals.blocked)} would, but stay` : ""}.`;
  const bars = useMemo(() => days.map(({ day, go, blocked }) => ({ day, count: go, other: blocked })), [days]);
    return (
    <>
      <Text fz="sm" mb="md">
        <b>{said}</b> {enabled ? "The next run is" : "Were it switched on now, its first run would be"} on {plainDate(firstRunAt)}.
      </Text>
      {totals.go + totals.blocked > 0 && <DayBars label={said} days={bars} from={today()} length={DAYS + 1} words={{ count: `To be ${done}`, other: "Stay" }} />}
    </>
  );
}

function columnsOf({ act }: Policy): Column<ForecastRow>[] {
  return [
    { id: "name", header: "Customer", grow: 40, cell: ({ customer }) => <NameCell row={customer} /> },
    { id: "due", header: "Reaches the age", cell: ({ dueAt }) => plainDate(dueAt), hideOn: "phone" },
    { id: "goes", header: `To be ${ACTS[act].done}`, cell: ({ goesAt }) => (goesAt ? plainDate(goesAt) : <Missing />) },
    { id: "why", header: "What keeps them", grow: 34, cell: ({ blockedBy, until }) => (blockedBy ? <Status tone="warn">{sentence(blockText(blockedBy, until))}</Status> : <Missing />) },
  ];
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
