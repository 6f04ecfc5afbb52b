import { Anchor, Button, Code, Text } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { KeysQuery, type KeyRow } from "../access/queries.ts";
import { Choices } from "../ui/choices.tsx";
import { CodeBlock } from "../ui/code-block.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { TextLink } from "../ui/links.tsx";
import { curlText } from "../ui/operation.ts";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { Missing, RelativeTime } from "../ui/values.tsx";
import styles from "./consent.module.css";
import { MANY, ONE } from "./partner-examples.ts";
import { type Agreements, AgreementsQuery } from "./queries.ts";
import { nameOf } from "./words.tsx";

const KeyDialog = lazy(async () => ({ default: (await import("../access/key-dialog.tsx")).KeyDialog }));

const RECORD = "consent.record";
const EXAMPLES = [{ value: "one", label: "One" }, { value: "many", label: "Up to 500 at once" }] as const;

/** The systems that send consents: their keys, and how they do it. */
export function PartnersPage() {
  const can = useCan();
  const [creating, setCreating] = useState(false);
  const operations = [{ title: "One consent", ...ONE }, { title: "Several", ...MANY }, ...(can("settings.keys") ? [{ title: "The keys", document: KeysQuery }] : [])];
  return (
    <Page title="Partners" operations={operations} actions={can("settings.keys") && <Button onClick={() => setCreating(true)}>New partner key</Button>}>
      <Text fz="sm" c="dimmed" maw={680} mb="md">A partner sends what people agreed to or refused, and sees nobody: the answer holds a receipt and a code, never a person, nor whether there is one.</Text>
      {can("settings.keys") && <Keys onCreate={() => setCreating(true)} />}
      <HowTo />
      <Suspense>{creating && <KeyDialog roleName="Partner" onClose={() => setCreating(false)} />}</Suspense>
    </Page>
  );
}

function Keys({ onCreate }: { onCreate: () => void }) {
  const context = useMemo(() => ({ additionalTypenames: ["ApiKey"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: KeysQuery, context });
  const [{ data: known }] = useQuery({ query: AgreementsQuery });
  const columns = useMemo(() => columnsOf(known), [known]);
  const keys = data?.apiKeys.filter(({ scopes, revokedAt }) => scopes.includes(RECORD) && revokedAt === null);
  return (
    <section className={styles.section} aria-labelledby="keys">
      <div className={styles.head}><h2 id="keys">Keys that may record consent</h2><TextLink to="/settings/keys" fz="sm">All keys</TextLink></div>
      <DataTable label="Keys that may record consent" columns={columns} rows={keys} rowId={(key) => key.id} fetching={fetching} error={error} onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={3}
        empty={<EmptyState title="No partner has a key yet" action={<Button onClick={onCreate}>New partner key</Button>}>One key for each system, so that the history says which one it was.</EmptyState>} />
    </section>
  );
}

function columnsOf(known: Agreements | undefined): Column<KeyRow>[] {
  return [
    { id: "name", header: "Name", grow: 30, cell: (key) => <Text component="span" inherit fw={500}>{key.name}</Text> },
    { id: "prefix", header: "Begins with", cell: (key) => <Code>{key.prefix}</Code>, hideOn: "phone" },
    { id: "purposes", header: "May record a yes for", grow: 30, cell: (key) => key.purposes?.map((one) => nameOf(known?.purposes, one)).join(", ") ?? "Every purpose" },
    { id: "state", header: "State", cell: (key) => (key.expiresAt && new Date(key.expiresAt) < new Date() ? <Status tone="warn">Expired</Status> : <Status tone="good">Works</Status>) },
    { id: "used", header: "Last used", cell: (key) => (key.lastUsedAt ? <RelativeTime at={key.lastUsedAt} /> : <Missing />), hideOn: "phone" },
  ];
}

function HowTo() {
  const [shown, setShown] = useState<"one" | "many">("one");
  const curl = curlText(shown === "one" ? ONE : MANY);
  return (
    <section className={styles.section} aria-labelledby="how">
      <div className={styles.head}><h2 id="how">How a partner sends it</h2><CopyButton value={curl} label="Copy the curl" /></div>
      <div className={styles.bar}><Choices label="Example" value={shown} options={EXAMPLES} onChange={setShown} /></div>
      <CodeBlock text={curl} label="Example request" />
      <ul className={styles.notes}>
        <Note title="Sent twice, done once.">Send the same <Code>idempotencyKey</Code> again whenever you are not sure that it arrived: for seven days it gives the same answer and has one effect.</Note>
        <Note title="When it was said decides.">With <Code>collectedAt</Code> a late or doubled message never lifts a newer refusal. A refusal is always taken, whatever purposes the key has.</Note>
        <Note title="Each answer has a receipt.">Keep it: it is signed, and anybody can check it without asking us, with the public keys at <Anchor href="/keys" target="_blank" inherit>/keys</Anchor>:
          <CodeBlock label="How to check a receipt" text={`curl ${window.location.origin}/keys > keys.json\nregulars verify-receipt receipt.json --key keys.json`} />
        </Note>
      </ul>
    </section>
  );
}

function Note({ title, children }: { title: string; children: ReactNode }) {
  return <li><b>{title}</b> {children}</li>;
}
