import { Button, NativeSelect } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import { useCan } from "../ui/session.tsx";
import { ErrorState, NoPermission, TextSkeleton } from "../ui/states.tsx";
import { AgreementSwitches } from "./agreement-switches.tsx";
import styles from "./consent.module.css";
import { Identifiers } from "./identifiers.tsx";
import { ListMemberships } from "./list-memberships.tsx";
import { MayContact } from "./may-contact.tsx";
import { AgreementsQuery, IdentifiersQuery } from "./queries.ts";
import type { Ask } from "./recording.ts";
import { AcceptedTerms, DoNotSell } from "./terms-and-sale.tsx";
import { readTopic, type Topic, topicText } from "./topics.ts";

const RecordDialog = lazy(async () => ({ default: (await import("./record-dialog.tsx")).RecordDialog }));
const LedgerDrawer = lazy(async () => ({ default: (await import("./ledger-drawer.tsx")).LedgerDrawer }));

const route = getRouteApi("/shell/customers/$id");

/** Opens the dialog that records a change. */
export type OnAsk = (ask: Omit<Ask, "customerId">) => void;
/** Opens the history: of a topic, of an identifier, of both. */
export type OnHistory = (topic?: Topic, identifier?: string) => void;

interface ConsentTabProps {
  id: string;
  /** Whether the customer is in the trash: then it is only read. */
  trashed: boolean;
}

/** What a person agreed to, for each way to reach them, with its proof. */
export function ConsentTab({ id, trashed }: ConsentTabProps) {
  const can = useCan();
  return can("consent.read") ? <Consent id={id} records={can("consent.record") && !trashed} /> : <NoPermission permission="consent.read" />;
}

function Consent({ id, records }: { id: string; records: boolean }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [{ data: known, error: unknown }, askKnown] = useQuery({ query: AgreementsQuery });
  const [{ data, error }, askAgain] = useQuery({ query: IdentifiersQuery, variables: { id } });
  const [asked, setAsked] = useState<Ask>();
  const customer = data?.customer?.id === id ? data.customer : undefined;
  const failed = error ?? unknown;
  if (failed && !(customer && known)) {
    return <ErrorState error={failed} onRetry={() => { askKnown({ requestPolicy: "network-only" }); askAgain({ requestPolicy: "network-only" }); }} />;
  }
  if (!customer || !known) return <Waiting />;

  const purposes = known.purposes.filter(({ archivedAt }) => archivedAt === null);
  const purpose = purposes.find(({ key }) => key === search.purpose) ?? purposes.find(({ key }) => key === "MARKETING") ?? purposes[0];
  const history: OnHistory = (topic, of) => void navigate({
    search: (old) => ({ ...old, tab: "consent", ledger: topic ? topicText(topic) : "all", of }), resetScroll: false,
  });
  const close = () => void navigate({ search: (old) => ({ ...old, ledger: undefined, of: undefined }), resetScroll: false });
  const onAsk: OnAsk = (ask) => setAsked({ ...ask, customerId: id });
  const shared = { identifiers: customer.identifiers, known, records, onAsk, onHistory: history };
  return (
    <>
      <div className={styles.bar}>
        {purposes.length > 1 && purpose && (
          <NativeSelect aria-label="Purpose" size="xs" value={purpose.key} data={purposes.map(({ key, name }) => ({ value: key, label: `For: ${name}` }))}
            onChange={(event) => { const next = event.currentTarget.value; void navigate({ search: (old) => ({ ...old, purpose: next }), replace: true, resetScroll: false }); }} />
        )}
        <Button ml="auto" variant="default" leftSection={<IconHistory size={15} />} onClick={() => history()}>Whole history</Button>
      </div>
      {purpose && (
        <div className={styles.pair}>
          <AgreementSwitches {...shared} purpose={purpose} />
          <MayContact id={id} purpose={purpose} />
        </div>
      )}
      <Identifiers {...shared} purposes={purposes} />
      <div className={styles.pair}>
        <ListMemberships {...shared} />
        <div>
          <AcceptedTerms {...shared} />
          <DoNotSell {...shared} on={customer.doNotSell} />
        </div>
      </div>
      <Suspense>
        {search.ledger && <LedgerDrawer key={`${search.ledger} ${search.of ?? ""}`} {...shared} id={id} topic={readTopic(search.ledger)} of={search.of} covered={asked !== undefined} onClose={close} />}
        {asked && <RecordDialog ask={asked} known={known} onClose={() => setAsked(undefined)} />}
      </Suspense>
    </>
  );
}

function Waiting() {
  return (
    <>
      <div className={styles.bar} />
      <div className={styles.pair}><TextSkeleton lines={8} /><TextSkeleton lines={8} /></div>
      <TextSkeleton lines={6} />
    </>
  );
}
