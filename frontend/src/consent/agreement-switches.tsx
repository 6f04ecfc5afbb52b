import { ActionIcon, Switch } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { RelativeTime } from "../ui/values.tsx";
import styles from "./consent.module.css";
import type { Agreements, Purpose } from "./queries.ts";
import type { OnAsk, OnHistory } from "./tab.tsx";
import { onChannel, standingOf, type Topic } from "./topics.ts";
import { type Channel, channelWord, type Identifier, type Standing, StateMark } from "./words.tsx";

const SWITCHES: readonly Channel[] = ["EMAIL", "SMS", "PUSH", "WEB_PUSH"];
const MISSING: Partial<Record<Channel, string>> = {
  EMAIL: "No email address", SMS: "No phone number", PUSH: "No device with the app", WEB_PUSH: "No browser that allows it",
};

/** What the parts of the tab get. */
export interface Shared {
  identifiers: readonly Identifier[];
  known: Agreements;
  /** Whether the signed-in person may record anything here. */
  records: boolean;
  onAsk: OnAsk;
  onHistory: OnHistory;
}

/** On or off for email, SMS, mobile push and web push. */
export function AgreementSwitches({ identifiers, records, purpose, onAsk, onHistory }: Shared & { purpose: Purpose }) {
  return (
    <section className={styles.section} aria-labelledby="agreements">
      <div className={styles.head}><h2 id="agreements">Agreements</h2></div>
      <p className={styles.help}>Whether they may be written to for {purpose.name.toLowerCase()}. To turn one on you say what proves it.</p>
      <ul className={styles.lines}>
        {SWITCHES.map((channel) => (
          <Line key={channel} channel={channel} topic={{ kind: "channel", channel, purpose: purpose.key }} mine={onChannel(identifiers, channel)} records={records} onAsk={onAsk} onHistory={onHistory} />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  channel: Channel;
  topic: Topic;
  mine: readonly Identifier[];
  records: boolean;
  onAsk: OnAsk;
  onHistory: OnHistory;
}

function Line({ channel, topic, mine, records, onAsk, onHistory }: LineProps) {
  const standings = mine.map((one) => ({ one, standing: standingOf(one, topic) }));
  const granted = standings.filter(({ standing }) => standing?.state === "GRANTED");
  const on = granted.length > 0;
  const seen = mine.every(({ value }) => value !== null);
  const word = channelWord(channel);
  const change = () => onAsk({
    topic, grants: !on, candidates: mine,
    // Off is off everywhere; on is for the one that a message would go to.
    chosen: on ? granted.map(({ one }) => one.key) : [(mine.find(({ lastSeen }) => lastSeen) ?? mine.find(({ primary }) => primary) ?? mine[0])?.key ?? ""],
  });
  return (
    <li className={styles.line}>
      <Switch size="sm" checked={on} disabled={!records || mine.length === 0 || !seen} onChange={change} aria-label={`${word}: ${on ? "on" : "off"}`}
        {...(!seen && { title: "It needs the permission customer.pii.read: the address is not shown to you." })} />
      <div className={styles.grow}>
        <span className={styles.name}>{word}</span>
        <div className={styles.quiet}>{mine.length === 0 ? MISSING[channel] ?? "None" : <Whose standings={standings} granted={granted.length} />}</div>
      </div>
      <div className={styles.end}>
        {mine.length > 0 && <StateMark state={stateOf(standings)} />}
        {mine.length > 0 && <ActionIcon aria-label={`History of ${word}`} title="History" onClick={() => onHistory(topic)}><IconHistory size={16} /></ActionIcon>}
      </div>
    </li>
  );
}

type Pair = { one: Identifier; standing: Standing | undefined };

function Whose({ standings, granted }: { standings: readonly Pair[]; granted: number }) {
  const [only] = standings;
  if (standings.length > 1) return <>{granted} of {standings.length} {only?.one.kind === "EMAIL" ? "addresses" : only?.one.kind === "PHONE" ? "numbers" : "devices"}</>;
  if (!only) return null;
  return <><bdi dir="ltr">{only.one.value ?? "Not shown to you"}</bdi>{only.standing?.collectedAt && <> · <RelativeTime at={only.standing.collectedAt} /></>}</>;
}

/** The state that says most: one yes is a yes, otherwise the strongest no. */
function stateOf(standings: readonly Pair[]) {
  const order = ["GRANTED", "PENDING", "WITHDRAWN", "DENIED", "EXPIRED"] as const;
  return order.find((state) => standings.some(({ standing }) => standing?.state === state)) ?? "UNKNOWN";
}
