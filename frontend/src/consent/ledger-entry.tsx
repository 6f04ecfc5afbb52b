import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { CopyButton } from "../ui/copy-button.tsx";
import { TextLink } from "../ui/links.tsx";
import { saveText } from "../ui/save-text.ts";
import { useCan } from "../ui/session.tsx";
import { exactTime, RelativeTime } from "../ui/values.tsx";
import styles from "./consent.module.css";
import type { Agreements } from "./queries.ts";
import { topicName, topicOf } from "./topics.ts";
import { APPLIED, BASES, type Entry, KINDS, nameOf, OPT_INS, SOURCES, StateMark } from "./words.tsx";

interface LedgerEntryProps {
  entry: Entry;
  known: Agreements;
  /** Whether the list says already what it is about. */
  alone: boolean;
}

/** One entry with its proof. */
export function LedgerEntry({ entry, known, alone }: LedgerEntryProps) {
  const topic = topicOf(entry);
  const { tone, word, why } = APPLIED[entry.appliedAs];
  return (
    <li className={styles.entry}>
      <Group gap="sm" wrap="wrap">
        <StateMark state={entry.state} />
        {!alone && topic && <span className={styles.name}>{topicName(topic, known)}</span>}
        <span className={styles.quiet}>by {entry.actor.name} · <RelativeTime at={entry.recordedAt} /></span>
      </Group>
      {entry.appliedAs !== "CURRENT" && <Text fz="sm" mt={4} {...(tone === "bad" ? { c: "var(--bad)" } : tone === "warn" ? { c: "var(--warn)" } : { c: "dimmed" })}>{word}: {why}</Text>}
      <dl className={styles.facts}>
        {entry.identifier && <Fact title={entry.identifierKind ? KINDS[entry.identifierKind] : "Identifier"}><bdi dir="ltr">{entry.identifier}</bdi></Fact>}
        <Fact title="Said">{exactTime(entry.collectedAt)}</Fact>
        <Fact title="Recorded">{exactTime(entry.recordedAt)}</Fact>
        <Fact title="Through">{SOURCES[entry.source]}</Fact>
        {entry.state === "GRANTED" && <Fact title="Basis">{BASES[entry.basis]}{entry.optInLevel !== "UNKNOWN" && `, ${OPT_INS[entry.optInLevel]}`}</Fact>}
        {entry.term && <Fact title="Wording"><Wording entry={entry} known={known} /></Fact>}
        {entry.reason && <Fact title="Reason">{entry.reason}</Fact>}
        <Evidence entry={entry} />
        {entry.redacted && <Fact title="Erased">The personal part was erased; the entry still proves the rest.</Fact>}
        <Fact title="Hash"><span className={styles.hash} title={entry.hash}><code>{entry.hash.slice(0, 16)}…</code><CopyButton value={entry.hash} /></span></Fact>
      </dl>
      <Button mt="sm" variant="default" size="compact-sm" leftSection={<IconDownload size={14} />} aria-label={`Download the receipt of entry ${entry.seq}`}
        onClick={() => saveText(`receipt-${entry.receipt.id}.json`, entry.receipt.jws)}>Receipt</Button>
    </li>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return <><dt>{title}</dt><dd>{children}</dd></>;
}

function Evidence({ entry: { evidence } }: { entry: Entry }) {
  if (!evidence) return null;
  const { note, formUrl, ip, userAgent, fileId } = evidence;
  const web = formUrl !== null && /^https?:\/\//.test(formUrl);
  return (
    <>
      {note && <Fact title="Evidence">{note}</Fact>}
      {formUrl && <Fact title="Form">{web ? <Anchor href={formUrl} target="_blank" rel="noreferrer noopener" inherit>{formUrl}</Anchor> : formUrl}</Fact>}
      {ip && <Fact title="Address">{ip}</Fact>}
      {userAgent && <Fact title="Browser">{userAgent}</Fact>}
      {fileId && <Fact title="File">{fileId}</Fact>}
    </>
  );
}

/** The words that they saw; opened by a click. */
function Wording({ entry: { term, termVersion, textHash, locale }, known }: Pick<LedgerEntryProps, "entry" | "known">) {
  const can = useCan();
  const [open, setOpen] = useState(false);
  const texts = known.terms.find(({ key }) => key === term)?.versions.find(({ version }) => version === termVersion)?.texts;
  const text = texts?.find((one) => one.textHash === textHash) ?? texts?.find((one) => one.locale === locale);
  const name = `${nameOf(known.terms, term)}${termVersion === null ? "" : `, version ${termVersion}`}${locale ? ` (${locale})` : ""}`;
  if (!text) return name;
  return (
    <>
      <Anchor component="button" type="button" inherit ta="left" aria-expanded={open} onClick={() => setOpen(!open)}>{name}</Anchor>
      {open && (
        <div className={styles.text} lang={text.locale} dir="auto">
          {text.text}
          {can("settings.consent") && term && <div><TextLink to="/settings/terms/$key" params={{ key: term }} search={termVersion === null ? {} : { version: termVersion }} inherit>All of version {termVersion}</TextLink></div>}
        </div>
      )}
    </>
  );
}
