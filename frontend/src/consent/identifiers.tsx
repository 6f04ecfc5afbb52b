import { Badge, NativeSelect } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { exactTime, Missing, relativeTime } from "../ui/values.tsx";
import type { Shared } from "./agreement-switches.tsx";
import styles from "./consent.module.css";
import { keepFilter, keptFilter } from "./kept-filter.ts";
import type { Purpose } from "./queries.ts";
import type { OnHistory } from "./tab.tsx";
import { standingOf } from "./topics.ts";
import { type Channel, channelWord, DELIVERABILITY, type Identifier, KINDS, type State, StateMark, STATES } from "./words.tsx";

/** One way to reach a person: a phone has two, to write to and to call. */
interface Way {
  of: Identifier;
  channel: Channel | undefined;
  /** Whether it is the first of its identifier, which says whose it is. */
  first: boolean;
}

const route = getRouteApi("/shell/customers/$id");
const wayId = ({ of, channel }: Way) => `${of.key} ${channel ?? ""}`;
const ANY = "ALL";

/** Every identifier, and what was agreed for each channel and purpose. */
export function Identifiers({ identifiers, purposes, onHistory }: Shared & { purposes: readonly Purpose[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const stands = search.kind !== undefined || search.state !== undefined;
  const { kind, state } = stands ? search : keptFilter();
  // The address says what is shown, so that a colleague who gets it sees the same.
  useEffect(() => {
    if (stands) return;
    const kept = keptFilter();
    void navigate({ search: (old) => ({ ...old, kind: kept.kind ?? ANY, state: kept.state }), replace: true, resetScroll: false });
  }, [stands, navigate]);
  const choose = (next: { kind?: string | undefined; state?: string | undefined }) => {
    keepFilter({ kind: next.kind === ANY ? undefined : next.kind, state: next.state });
    void navigate({ search: (old) => ({ ...old, kind: next.kind ?? ANY, state: next.state }), replace: true, resetScroll: false });
  };
  const kinds = [...new Set(identifiers.map((one) => one.kind))];
  const ways = useMemo(() => waysOf(identifiers).filter((way) => (
    (!kind || kind === ANY || way.of.kind === kind) && (!state || purposes.some(({ key }) => stateOf(way, key) === state))
  )), [identifiers, kind, state, purposes]);
  const columns = useMemo(() => columnsOf(purposes, onHistory), [purposes, onHistory]);
  return (
    <section className={styles.section} aria-labelledby="identifiers">
      <div className={styles.head}>
        <h2 id="identifiers">Identifiers</h2>
        <div style={{ display: "flex", gap: 8 }}>
          <NativeSelect aria-label="Kind" size="xs" value={kind ?? ANY} onChange={(event) => choose({ kind: event.currentTarget.value, state })}
            data={[{ value: ANY, label: "All kinds" }, ...kinds.map((one) => ({ value: one, label: KINDS[one] }))]} />
          <NativeSelect aria-label="State" size="xs" value={state ?? ""} onChange={(event) => choose({ kind, state: event.currentTarget.value || undefined })}
            data={[{ value: "", label: "Any state" }, ...Object.entries(STATES).map(([value, [, label]]) => ({ value, label }))]} />
        </div>
      </div>
      <DataTable label="Identifiers" columns={columns} rows={ways} rowId={wayId} onOpen={(way) => onHistory(undefined, way.of.key)}
        empty={<EmptyState title="Nothing matches this filter">Choose All kinds and Any state to see everything.</EmptyState>} />
    </section>
  );
}

function waysOf(identifiers: readonly Identifier[]): Way[] {
  // A reference id says who it is; nothing is sent to it.
  return identifiers.flatMap((of): Way[] => (of.channels.length === 0 || of.kind === "REFERENCE_ID"
    ? [{ of, channel: undefined, first: true }]
    : of.channels.map((channel, place) => ({ of, channel, first: place === 0 }))));
}

function stateOf({ of, channel }: Way, purpose: string): State | undefined {
  return channel && (standingOf(of, { kind: "channel", channel, purpose })?.state ?? "UNKNOWN");
}

function columnsOf(purposes: readonly Purpose[], onHistory: OnHistory): Column<Way>[] {
  return [
    { id: "value", header: "Identifier", grow: 40, cell: (way) => <Whose way={way} /> },
    { id: "channel", header: "Channel", cell: ({ channel }) => (channel ? channelWord(channel) : <Missing />) },
    { id: "deliverable", header: "Deliverable", cell: ({ of, channel, first }) => first && channel && of.kind !== "CUSTOMER" && <Deliverable of={of} /> },
    ...purposes.map((purpose): Column<Way> => ({
      id: purpose.key, header: purpose.name,
      cell: (way) => {
        const { of, channel } = way;
        if (!channel) return <Missing />;
        const topic = { kind: "channel", channel, purpose: purpose.key } as const;
        const standing = standingOf(of, topic);
        return (
          <button type="button" className={styles.state} onClick={() => onHistory(topic, of.key)} {...(standing?.collectedAt && { title: `Since ${exactTime(standing.collectedAt)}` })}
            aria-label={`${STATES[standing?.state ?? "UNKNOWN"][1]}: ${channelWord(channel)} for ${purpose.name.toLowerCase()}, history`}>
            <StateMark state={standing?.state ?? "UNKNOWN"} />
          </button>
        );
      },
    })),
  ];
}

function Whose({ way: { of, first } }: { way: Way }) {
  const text = of.kind === "CUSTOMER" ? "The person" : of.value ?? `${KINDS[of.kind]}, not shown to you`;
  if (!first) return <span className="cut" style={{ opacity: 0 }}>{text}</span>;
  return (
    <span style={{ display: "flex", alignItems: "center", gap: 8, minWidth: 0 }}>
      <bdi className="cut" {...(of.kind !== "CUSTOMER" && { dir: "ltr" })} title={text}>{text}</bdi>
      {of.primary && <span className={styles.quiet}>primary</span>}
      {of.lastSeen && <Badge variant="default" size="sm" tt="none" fw={400} style={{ flex: "none" }} {...(of.seenAt && { title: `${relativeTime(of.seenAt)}: the newest of its kind, which messages go to` })}>last seen</Badge>}
      {of.label && <span className={styles.quiet}>{of.label}</span>}
    </span>
  );
}

function Deliverable({ of }: { of: Identifier }) {
  if (of.deliverable) return <Status tone="good">Yes</Status>;
  const why = DELIVERABILITY[of.deliverabilityReason ?? "UNKNOWN"];
  return <span title={of.deliverabilityAt ? exactTime(of.deliverabilityAt) : undefined}><Status tone="bad">No: {why}</Status></span>;
}
