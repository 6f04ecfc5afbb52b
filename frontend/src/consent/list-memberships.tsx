import { ActionIcon, NativeSelect } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { RelativeTime } from "../ui/values.tsx";
import type { Shared } from "./agreement-switches.tsx";
import styles from "./consent.module.css";
import { onChannel, type Topic } from "./topics.ts";
import { channelWord, type Identifier, LIST_STATES, ListMark, type ListStatus, nameOf, type Standing } from "./words.tsx";

interface Membership {
  of: Identifier;
  standing: Standing;
  list: string;
  status: ListStatus;
}

/** The lists that they are or were on. */
export function ListMemberships({ identifiers, known, records, onAsk, onHistory }: Shared) {
  const memberships = identifiers.flatMap((of) => of.standings.flatMap((standing): Membership[] => (
    standing.topic === "LIST" && standing.list && standing.listStatus ? [{ of, standing, list: standing.list, status: standing.listStatus }] : [])));
  const others = known.lists.filter((list) => list.archivedAt === null && !memberships.some((one) => one.list === list.key) && candidates(list.key).length > 0);

  function candidates(list: string): readonly Identifier[] {
    const channel = known.lists.find(({ key }) => key === list)?.channel;
    return channel ? onChannel(identifiers, channel).filter(({ value, kind }) => value !== null || kind === "CUSTOMER") : [];
  }
  const ask = (list: string, grants: boolean, of?: Identifier) => {
    const all = of ? [of] : candidates(list);
    const first = all.find(({ lastSeen }) => lastSeen) ?? all.find(({ primary }) => primary) ?? all[0];
    if (first) onAsk({ topic: { kind: "list", list }, grants, candidates: all, chosen: [first.key] });
  };
  return (
    <section className={styles.section} aria-labelledby="lists">
      <div className={styles.head}>
        <h2 id="lists">Lists</h2>
        {records && others.length > 0 && (
          <NativeSelect aria-label="Add to a list" size="xs" w={150} value="" onChange={(event) => ask(event.currentTarget.value, true)}
            data={[{ value: "", label: "Add to a list" }, ...others.map(({ key, name }) => ({ value: key, label: name }))]} />
        )}
      </div>
      <p className={styles.help}>A list is a choice of what they get; consent is whether they may be written to at all. Who is on no list can still be written to with consent, and who is on a list cannot without it.</p>
      <ul className={styles.lines}>
        {memberships.length === 0 && <li className={styles.line}><span className={styles.quiet}>{known.lists.length === 0 ? "There are no lists yet." : "On no list."}</span></li>}
        {memberships.map((one) => (
          <Line key={`${one.list} ${one.of.key}`} membership={one} name={nameOf(known.lists, one.list)} channel={known.lists.find(({ key }) => key === one.list)?.channel}
            records={records && one.of.value !== null} onChange={(grants) => ask(one.list, grants, one.of)} onHistory={(topic) => onHistory(topic, one.of.key)} />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  membership: Membership;
  name: string;
  channel: Shared["known"]["lists"][number]["channel"] | undefined;
  records: boolean;
  onChange: (grants: boolean) => void;
  onHistory: (topic: Topic) => void;
}

function Line({ membership: { of, standing, list, status }, name, channel, records, onChange, onHistory }: LineProps) {
  // What a drop-down can choose: in or out. The other states come about by themselves.
  const options = [...new Set<ListStatus>([status, "SUBSCRIBED", "UNSUBSCRIBED"])];
  return (
    <li className={styles.line}>
      <div className={styles.grow}>
        <span className={styles.name}>{name}</span>
        <div className={styles.quiet}>{channel && channelWord(channel)}{of.value && <> · <bdi dir="ltr">{of.value}</bdi></>}{standing.collectedAt && <> · <RelativeTime at={standing.collectedAt} /></>}</div>
      </div>
      <div className={styles.end}>
        <ListMark status={status} />
        {records && (
          <NativeSelect aria-label={`Change ${name}`} size="xs" w={128} value={status} data={options.map((value) => ({ value, label: LIST_STATES[value][1] }))}
            onChange={(event) => { if (event.currentTarget.value !== status) onChange(event.currentTarget.value === "SUBSCRIBED"); }} />
        )}
        <ActionIcon aria-label={`History of ${name}`} title="History" onClick={() => onHistory({ kind: "list", list })}><IconHistory size={16} /></ActionIcon>
      </div>
    </li>
  );
}
