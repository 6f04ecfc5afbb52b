import { Button, Text } from "@mantine/core";
import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { useCursors } from "../ui/cursors.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState, NoPermission } from "../ui/states.tsx";
import { formatNumber, Num, plainDate, plural, RelativeTime } from "../ui/values.tsx";
import styles from "./consent.module.css";
import { FaultTable } from "./fault-table.tsx";
import { useVerification, type Verification, VerifyQuery } from "./verification.ts";

const SealsQuery = graphql(`
  query ConsentSeals($after: String) {
    consentSeals(first: 30, after: $after) { nodes { day entries root signature sealedAt } pageInfo { hasNextPage endCursor } }
  }
`);

type Seal = ResultOf<typeof SealsQuery>["consentSeals"]["nodes"][number];

const columns: Column<Seal>[] = [
  { id: "day", header: "Day", cell: (seal) => plainDate(seal.day) },
  { id: "entries", header: "Entries", align: "right", cell: (seal) => <Num value={seal.entries} /> },
  { id: "root", header: "Root", grow: 40, cell: (seal) => <code title={seal.root}>{seal.root}</code>, hideOn: "phone" },
  { id: "at", header: "Sealed", cell: (seal) => <RelativeTime at={seal.sealedAt} /> },
  { id: "copy", header: "Copy the signature", silent: true, align: "right", cell: (seal) => <CopyButton value={seal.signature} /> },
];

/** The ledger as a whole: is it still what was written, and what seals it day by day. */
export function LedgerPage() {
  const can = useCan();
  const operations = [{ title: "The check", document: VerifyQuery, variables: { after: null } }, { title: "The seals", document: SealsQuery, variables: { after: null } }];
  return (
    <Page title="Ledger" operations={operations}>
      {can("audit.read") ? <><Check /><Seals /></> : <NoPermission permission="audit.read" />}
    </Page>
  );
}

function Check() {
  const { state, start, stop } = useVerification();
  return (
    <section className={styles.section} aria-labelledby="check">
      <p className={styles.help} style={{ fontSize: 13 }}>
        Every entry is chained to the one before it and cannot be edited, taken out, put elsewhere or cut off without being noticed.
        The check reads all of them and computes everything anew; it changes nothing.
      </p>
      <div className={styles.head}>
        <h2 id="check">Check</h2>
        {state.status === "running" ? <Button variant="default" onClick={stop}>Stop</Button> : <Button onClick={() => void start()}>{state.status === "idle" ? "Verify the ledger" : "Verify again"}</Button>}
      </div>
      <div aria-live="polite" style={{ minHeight: 32 }}><Said state={state} /></div>
      {state.faults.length > 0 && <FaultTable faults={state.faults} />}
    </section>
  );
}

function Said({ state: { status, entries, subjects, faults } }: { state: Verification }) {
  const counted = <><span className="num">{formatNumber(entries)}</span> {entries === 1 ? "entry" : "entries"} of {plural(subjects, "identifier")}</>;
  switch (status) {
    case "idle": return <Text fz="sm" c="dimmed">Not checked since you opened this page.</Text>;
    case "running": return <><progress aria-label="Verifying" style={{ width: "100%", height: 4 }} /><Text fz="sm">Checked so far: {counted}{faults.length > 0 && `, ${plural(faults.length, "fault")}`}</Text></>;
    case "stopped": return <Text fz="sm">Stopped. Checked: {counted}{faults.length > 0 ? `, ${plural(faults.length, "fault")}` : ", no fault so far"}.</Text>;
    case "failed": return <Notice tone="bad" title="The check could not go on">Checked until then: {counted}. Start it again.</Notice>;
    case "done": return faults.length > 0
      ? <Notice tone="bad" title={plural(faults.length, "fault")}>Somebody changed the ledger outside of Regulars, or a part of it is lost. Checked: {counted}.</Notice>
      : <Text fz="sm" c="var(--good)">All is as it was written: {counted}.</Text>;
  }
}

function Seals() {
  const cursors = useCursors();
  const context = useMemo(() => ({ additionalTypenames: ["ConsentSeal"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: SealsQuery, variables: { after: cursors.after }, context });
  const page = data?.consentSeals;
  return (
    <section className={styles.section} aria-labelledby="seals">
      <div className={styles.head}><h2 id="seals">Daily seals</h2></div>
      <p className={styles.help}>The signature over all entries of a day. It also leaves the database by mail or log, so that a ledger that was cut off is noticed.</p>
      <DataTable label="Daily seals" columns={columns} rows={page?.nodes} rowId={(seal) => seal.day} fetching={fetching} error={error} onRetry={() => ask({ requestPolicy: "network-only" })}
        skeletonRows={5} empty={<EmptyState title="No day was sealed yet">The first seal is made when the first day with entries is over.</EmptyState>} />
      <Pager onBack={cursors.back} onForward={cursors.forward(page?.pageInfo)} words={{ back: "Newer", forward: "Older" }} />
    </section>
  );
}
