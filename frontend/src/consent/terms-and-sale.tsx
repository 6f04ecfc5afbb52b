import { ActionIcon, NativeSelect, Switch } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { plainDate } from "../ui/values.tsx";
import type { Shared } from "./agreement-switches.tsx";
import styles from "./consent.module.css";
import { standingOf } from "./topics.ts";
import { nameOf, type Standing, StateMark } from "./words.tsx";

/** The terms that they accepted, with version and day. */
export function AcceptedTerms({ identifiers, known, records, onAsk, onHistory }: Shared) {
  const person = identifiers.filter(({ kind }) => kind === "CUSTOMER");
  const accepted = person.flatMap(({ standings }) => standings.filter(({ topic }) => topic === "TERM"));
  const open = known.terms.filter(({ archivedAt }) => archivedAt === null);
  const ask = (term: string, grants: boolean) => onAsk({ topic: { kind: "term", term }, grants, candidates: person, chosen: person.map(({ key }) => key) });
  return (
    <section className={styles.section} aria-labelledby="terms" style={{ marginBottom: 24 }}>
      <div className={styles.head}>
        <h2 id="terms">Terms</h2>
        {records && open.length > 0 && (
          <NativeSelect aria-label="Record an acceptance" size="xs" value="" onChange={(event) => ask(event.currentTarget.value, true)}
            data={[{ value: "", label: "Record an acceptance" }, ...open.map(({ key, name }) => ({ value: key, label: name }))]} />
        )}
      </div>
      <ul className={styles.lines}>
        {accepted.length === 0 && <li className={styles.line}><span className={styles.quiet}>{known.terms.length === 0 ? "There are no terms yet." : "They accepted none."}</span></li>}
        {accepted.map((standing) => (
          <li key={standing.term} className={styles.line}>
            <div className={styles.grow}>
              <span className={styles.name}>{nameOf(known.terms, standing.term)}</span>
              <div className={styles.quiet}><Version standing={standing} newest={known.terms.find(({ key }) => key === standing.term)?.versions[0]?.version} /></div>
            </div>
            <div className={styles.end}>
              {standing.state !== "GRANTED" && <StateMark state={standing.state} />}
              <ActionIcon aria-label={`History of ${nameOf(known.terms, standing.term)}`} title="History" onClick={() => onHistory({ kind: "term", term: standing.term ?? "" })}><IconHistory size={16} /></ActionIcon>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Version({ standing: { termVersion, collectedAt }, newest }: { standing: Standing; newest: number | undefined }) {
  return (
    <>
      {termVersion !== null && `version ${termVersion}`}{collectedAt && ` · ${plainDate(collectedAt)}`}
      {termVersion !== null && newest !== undefined && termVersion < newest && <span style={{ color: "var(--warn)" }}> · version {newest} is not accepted</span>}
    </>
  );
}

/** The opt-out of the whole person, from whichever identifier it came. */
export function DoNotSell({ identifiers, records, onAsk, onHistory, on }: Shared & { on: boolean }) {
  const topic = { kind: "doNotSell" } as const;
  const person = identifiers.filter(({ kind }) => kind === "CUSTOMER");
  const since = person.map((one) => standingOf(one, topic)).find((standing) => standing?.collectedAt)?.collectedAt;
  return (
    <section className={styles.section} aria-labelledby="sale">
      <div className={styles.head}><h2 id="sale">Do not sell or share</h2></div>
      <p className={styles.help}>Counts for the whole person, whichever identifier it came from.</p>
      <div className={styles.line} style={{ borderTop: "1px solid var(--hairline)" }}>
        <Switch size="sm" checked={on} disabled={!records || person.length === 0} aria-label={`Do not sell or share: ${on ? "on" : "off"}`}
          onChange={() => onAsk({ topic, grants: on, candidates: person, chosen: person.map(({ key }) => key) })} />
        <div className={styles.grow}>
          <span className={styles.name}>{on ? "Opted out" : "Not opted out"}</span>
          {since && <div className={styles.quiet}>since {plainDate(since)}</div>}
        </div>
        <div className={styles.end}>
          <ActionIcon aria-label="History of do not sell or share" title="History" onClick={() => onHistory(topic)}><IconHistory size={16} /></ActionIcon>
        </div>
      </div>
    </section>
  );
}
