import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { TextLink } from "../ui/links.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import { exactTime, plainDate } from "../ui/values.tsx";
import { ChangedPath } from "./changed-path.tsx";
import type { Field } from "./fields.ts";
import styles from "./profile.module.css";
import { originText } from "./provenance.tsx";
import { useRevert } from "./revert.ts";

export const TimelineQuery = graphql(`
  query CustomerTimeline($id: ID!, $after: String) {
    customer(id: $id) {
      id
      timeline(first: 20, after: $after) {
        nodes {
          id type at
          change {
            id version at source action reason revertible revertedBy
            actor { kind name }
            run { id row fileName }
            paths { path label before after }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

type Entry = NonNullable<ResultOf<typeof TimelineQuery>["customer"]>["timeline"]["nodes"][number];
type Change = NonNullable<Entry["change"]>;

/** What happened to the profile, by day, newest first. */
export function Timeline({ id, fields, writes }: { id: string; fields: readonly Field[]; writes: boolean }) {
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  // The day that a page ends with is not said again by the next.
  const [lastDays, setLastDays] = useState<Record<number, string>>({});
  return (
    <div>
      {cursors.map((after, index) => (
        <TimelinePage key={after ?? "first"} id={id} fields={fields} writes={writes} after={after} dayBefore={lastDays[index - 1]}
          onLastDay={(day) => setLastDays((days) => (days[index] === day ? days : { ...days, [index]: day }))}
          onMore={index === cursors.length - 1 ? (end) => setCursors([...cursors, end]) : undefined} />
      ))}
    </div>
  );
}

interface TimelinePageProps {
  id: string;
  fields: readonly Field[];
  writes: boolean;
  after: string | null;
  dayBefore: string | undefined;
  onLastDay: (day: string) => void;
  /** Only the last page has it. */
  onMore: ((end: string) => void) | undefined;
}

function TimelinePage({ id, fields, writes, after, dayBefore, onLastDay, onMore }: TimelinePageProps) {
  const [{ data, error }, ask] = useQuery({ query: TimelineQuery, variables: { id, after } });
  const page = data?.customer?.timeline;
  const lastAt = page?.nodes.at(-1)?.at;
  const lastDay = lastAt && dayOf(lastAt);
  useEffect(() => {
    if (lastDay) onLastDay(lastDay);
  }, [lastDay, onLastDay]);
  if (error && !page) return <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />;
  if (!page) return <TextSkeleton lines={8} />;
  if (page.nodes.length === 0 && after === null) return <EmptyState title="Nothing happened yet" />;
  const end = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  return (
    <>
      {page.nodes.map((entry, index) => {
        const day = dayOf(entry.at);
        const before = index === 0 ? dayBefore : dayOf(page.nodes[index - 1]?.at ?? "");
        return (
          <div key={entry.id}>
            {day !== before && <h2 className={styles.day}>{day}</h2>}
            <TimelineEntry id={id} entry={entry} fields={fields} writes={writes} />
          </div>
        );
      })}
      {end && onMore && <Button variant="default" mt="lg" onClick={() => onMore(end)}>Older</Button>}
    </>
  );
}

const VERBS: Record<Change["action"], string> = {
  CREATE: "Customer created", UPDATE: "Profile updated", TRASH: "Moved to the trash", RESTORE: "Restored from the trash", REVERT: "A change was taken back", ANONYMIZE: "Anonymized",
};
const SHOWN = 8;

function TimelineEntry({ id, entry, fields, writes }: { id: string; entry: Entry; fields: readonly Field[]; writes: boolean }) {
  const can = useCan();
  const revert = useRevert(id);
  const [all, setAll] = useState(false);
  const [busy, setBusy] = useState(false);
  const { change } = entry;
  if (!change) return null;
  const paths = change.paths.filter(({ path }) => path !== "trashed_at" && path !== "anonymized_at");
  const shown = all ? paths : paths.slice(0, SHOWN);
  const undo = async () => {
    setBusy(true);
    await revert(change.version, "Taken back");
    setBusy(false);
  };
  const undoes = change.revertible && change.action !== "TRASH" && change.action !== "RESTORE" && writes && can("customer.write");
  return (
    <article className={styles.entry}>
      <time dateTime={entry.at} title={exactTime(entry.at)}>{change.action === "ANONYMIZE" ? null : clockOf(entry.at)}</time>
      <div style={{ minWidth: 0 }}>
        <div>
          <span style={{ fontWeight: 500 }}>{VERBS[change.action]}</span>{" "}
          <Text component="span" inherit c="dimmed">{change.run
            ? <TextLink to="/runs/$id" params={{ id: change.run.id }} inherit c="dimmed">{originText(change)}</TextLink>
            : originText(change)}</Text>
        </div>
        {change.reason && <Text fz="sm" c="dimmed">“{change.reason}”</Text>}
        {shown.length > 0 && <ul className={styles.paths}>{shown.map((one) => <li key={one.path}><ChangedPath change={one} fields={fields} /></li>)}</ul>}
        {paths.length > SHOWN && <Button variant="subtle" size="compact-xs" ml={-8} onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show ${paths.length - SHOWN} more`}</Button>}
      </div>
      <div>
        {change.revertedBy !== null && <Text fz="xs" c="dimmed" pt={3}>taken back</Text>}
        {undoes && <Button variant="subtle" size="compact-sm" loading={busy} onClick={undo} aria-label={`Undo what was saved at ${exactTime(entry.at)}`}>Undo</Button>}
      </div>
    </article>
  );
}

const clockOf = (at: string) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
const DAY_MS = 24 * 3600 * 1000;

/** "Today", "Yesterday", "12 Mar 2026". */
export function dayOf(at: string, now = Date.now()): string {
  const day = plainDate(at);
  if (day === plainDate(new Date(now))) return "Today";
  return day === plainDate(new Date(now - DAY_MS)) ? "Yesterday" : day;
}
