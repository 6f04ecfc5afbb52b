import { Button, Drawer, Text } from "@mantine/core";
import { useQuery } from "urql";
import { useCursors } from "../ui/cursors.ts";
import { Pager } from "../ui/pager.tsx";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import type { Shared } from "./agreement-switches.tsx";
import styles from "./consent.module.css";
import { LedgerEntry } from "./ledger-entry.tsx";
import { CHANGED, LedgerQuery } from "./queries.ts";
import { onChannel, standingOf, type Topic, topicInput, topicName } from "./topics.ts";
import { type Identifier, KINDS } from "./words.tsx";

interface LedgerDrawerProps extends Shared {
  id: string;
  topic: Topic | undefined;
  /** The key of the identifier that it is about; all of them without one. */
  of: string | undefined;
  /** Whether a dialog lies over it, which then has the keys. */
  covered: boolean;
  onClose: () => void;
}

/** The ledger: everything that was ever recorded about a topic, an identifier, or the person; newest first. */
export function LedgerDrawer({ id, topic, of, covered, onClose, ...shared }: LedgerDrawerProps) {
  const { identifiers, known, records, onAsk } = shared;
  const cursors = useCursors();
  const variables = { id, identifier: of ?? null, topic: topic ? topicInput(topic) : null, after: cursors.after };
  const [{ data, error, fetching }, ask] = useQuery({ query: LedgerQuery, variables, context: CHANGED });
  const identifier = identifiers.find(({ key }) => key === of);
  const page = data?.consentLedger;
  const candidates = topic ? candidatesOf(topic, identifiers, known).filter((one) => (one.value !== null || one.kind === "CUSTOMER") && (!of || one.key === of)) : [];
  const change = () => topic && onAsk({
    topic, candidates, chosen: candidates.slice(0, 1).map(({ key }) => key), bothWays: true,
    grants: !candidates.some((one) => standingOf(one, topic)?.state === "GRANTED"),
  });
  return (
    <Drawer opened onClose={onClose} position="right" size={560} padding="lg" closeOnEscape={!covered} trapFocus={!covered} closeButtonProps={{ "aria-label": "Close" }}
      title={<Text fw={600} component="span">{topic ? topicName(topic, known) : "Everything that was recorded"}</Text>}>
      <div className={styles.head}>
        <Text fz="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{identifier ? <bdi dir="ltr">{identifier.value ?? KINDS[identifier.kind]}</bdi> : "For the whole person"}</Text>
        {records && candidates.length > 0 && <Button onClick={change}>Record a change</Button>}
      </div>
      {error && !page && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!page && !error && <TextSkeleton lines={12} />}
      {page?.nodes.length === 0 && !fetching && <EmptyState title="Nothing was recorded yet">The state is unknown: nobody ever said yes or no.</EmptyState>}
      {page && (
        <ul className={styles.entries} aria-label="Entries" aria-busy={fetching}>
          {page.nodes.map((entry) => <LedgerEntry key={entry.id} entry={entry} known={known} alone={topic !== undefined} />)}
        </ul>
      )}
      <Pager onBack={cursors.back} onForward={cursors.forward(page?.pageInfo)} words={{ back: "Newer", forward: "Older" }} />
    </Drawer>
  );
}

function candidatesOf(topic: Topic, identifiers: readonly Identifier[], known: Shared["known"]): readonly Identifier[] {
  if (topic.kind === "channel") return onChannel(identifiers, topic.channel);
  const channel = topic.kind === "list" ? known.lists.find(({ key }) => key === topic.list)?.channel : undefined;
  return channel ? onChannel(identifiers, channel) : identifiers.filter(({ kind }) => kind === "CUSTOMER");
}
