import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { EmptyState } from "../ui/states.tsx";
import { formatNumber } from "../ui/values.tsx";
import styles from "./consent.module.css";
import type { Purpose } from "./queries.ts";
import type { Policy } from "./reachability.tsx";
import { CHANNELS, channelWord, nameOf } from "./words.tsx";

export const ForecastQuery = graphql(`
  query ReachabilityForecast($policy: [PurposePolicyInput!]!) {
    reachabilityForecast(policy: $policy) { channel purpose now later: then precision }
  }
`);

type Forecast = ResultOf<typeof ForecastQuery>["reachabilityForecast"][number];

const MARKS: Record<Forecast["precision"], (count: string) => string> = { EXACT: (count) => count, LOWER_BOUND: (count) => `${count}+` };
const countText = (count: number, { precision }: Forecast) => MARKS[precision](formatNumber(count));

function differenceText({ now, later }: Forecast): string {
  if (now === later) return "no change";
  return later > now ? `+${formatNumber(later - now)}` : `−${formatNumber(now - later)}`;
}

/** How many could be reached now, and how many with what is chosen: before anything is saved. */
export function ForecastTable({ policy, purposes, changed }: { policy: readonly Policy[]; purposes: readonly Purpose[]; changed: boolean }) {
  const context = useMemo(() => ({ additionalTypenames: ["ReachabilityForecast"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: ForecastQuery, variables: { policy: [...policy] }, context });
  // What changes is seen without scrolling; the rest follows as it always stands.
  const still = ({ now, later }: Forecast) => Number(now === later);
  const rows = data?.reachabilityForecast.toSorted((one, other) => (
    still(one) - still(other) || purposes.findIndex(({ key }) => key === one.purpose) - purposes.findIndex(({ key }) => key === other.purpose) || CHANNELS.indexOf(one.channel) - CHANNELS.indexOf(other.channel)));
  const columns: Column<Forecast>[] = [
    { id: "purpose", header: "Purpose", grow: 30, cell: (row) => nameOf(purposes, row.purpose) },
    { id: "channel", header: "Channel", cell: (row) => channelWord(row.channel) },
    { id: "now", header: "Now", align: "right", cell: (row) => countText(row.now, row) },
    { id: "then", header: "Then", align: "right", cell: (row) => <b>{countText(row.later, row)}</b> },
    { id: "difference", header: "Difference", align: "right", cell: (row) => <span style={{ color: row.now === row.later ? "var(--mantine-color-dimmed)" : row.later > row.now ? "var(--good)" : "var(--bad)" }}>{differenceText(row)}</span> },
  ];
  return (
    <section className={styles.section} aria-labelledby="forecast">
      <div className={styles.head}><h2 id="forecast">Who could be reached</h2></div>
      <p className={styles.help} aria-live="polite">{changed ? "With what you chose above; nothing is saved yet." : "As it is saved. Change something above to see what would come of it."}</p>
      <DataTable label="Forecast" columns={columns} rows={rows} rowId={(row) => `${row.purpose} ${row.channel}`} fetching={fetching} error={error} onRetry={() => ask({ requestPolicy: "network-only" })}
        skeletonRows={8} empty={<EmptyState title="Nobody to count yet">There are no customers, or none that could be reached by anything.</EmptyState>} />
    </section>
  );
}
