import { Button, NativeSelect, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import { Choices } from "../ui/choices.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { TextLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { formatNumber, Missing, OrMissing, RelativeTime } from "../ui/values.tsx";
import { type Held, QuarantineQuery, ReviewMutation } from "./review-queries.ts";
import { REASONS, STATUSES, whatText } from "./review-words.ts";
import styles from "./review.module.css";
import { AgreementsQuery } from "./queries.ts";

const ReviewDialog = lazy(async () => ({ default: (await import("./review-dialog.tsx")).ReviewDialog }));
const HeldDrawer = lazy(async () => ({ default: (await import("./held-drawer.tsx")).HeldDrawer }));

const route = getRouteApi("/shell/privacy/review");
const SIZE = 50;
const CONTEXT = { additionalTypenames: ["QuarantinedConsent"] };
const SHOWN = [
  { value: "open", label: "Open" }, { value: "accepted", label: "Accepted" }, { value: "rejected", label: "Rejected" }, { value: "all", label: "All" },
] as const;
type Shown = (typeof SHOWN)[number]["value"];
const WANTED = { open: "OPEN", accepted: "ACCEPTED", rejected: "REJECTED", all: null } as const;

/** What imports said without proof: nothing of it counts until somebody decides. */
export function ReviewPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const shown: Shown = search.status ?? "open";
  const why = REASONS[search.why as Held["why"]] ? (search.why as Held["why"]) : undefined;
  const place = search.before ? { last: SIZE, before: search.before } : { first: SIZE, after: search.after ?? null };
  const variables = { ...place, status: WANTED[shown], why: why ?? null };
  const [{ data, error, fetching }, ask] = useQuery({ query: QuarantineQuery, variables, context: CONTEXT });
  const [{ data: known }] = useQuery({ query: AgreementsQuery });
  const [selected, setSelected] = useState<ReadonlyMap<string, Held>>(new Map());
  const [deciding, setDeciding] = useState<"ACCEPT" | "REJECT">();
  const [looked, setLooked] = useState<Held>();
  const page = data?.consentQuarantine;
  const rows = page?.nodes;
  const go = (next: Partial<typeof search>) => {
    setSelected(new Map());
    void navigate({ search: (old) => ({ ...old, after: undefined, before: undefined, ...next }) });
  };
  const select = (ids: ReadonlySet<string>) => setSelected(new Map([...ids].flatMap((id): [string, Held][] => {
    const row = rows?.find((one) => one.id === id) ?? selected.get(id);
    return row?.status === "OPEN" ? [[id, row]] : [];
  })));
  const start = (decision: "ACCEPT" | "REJECT", only?: Held) => {
    if (only) setSelected(new Map([[only.id, only]]));
    setLooked(undefined);
    setDeciding(decision);
  };
  const columns: Column<Held>[] = [
    { id: "whose", header: "Whose", grow: 32, cell: (row) => <Whose row={row} /> },
    { id: "what", header: "What the file said", grow: 26, cell: (row) => <span title={whatText(row, known)}>{whatText(row, known)}</span>, hideOn: "phone" },
    { id: "why", header: "Why it waits", cell: (row) => <Why row={row} /> },
    { id: "said", header: "Said on", cell: (row) => <RelativeTime at={row.collectedAt} />, hideOn: "narrow" },
    { id: "from", header: "From", grow: 22, cell: (row) => <From row={row} />, hideOn: "phone" },
    { id: "state", header: "Decision", cell: (row) => <Status tone={STATUSES[row.status][0]}>{STATUSES[row.status][1]}</Status> },
  ];
  return (
    <Page title="Consent review" operations={[{ title: "What waits", document: QuarantineQuery, variables }, { title: "A decision", document: ReviewMutation, variables: EXAMPLE }]}>
      <Text fz="sm" c="dimmed" maw={680} mb="sm">Consents that an import brought without saying how, when or where they were given. They count for nothing until you accept them; a refusal never waits here, it counts at once.</Text>
      <div className={styles.bar}>
        <Choices label="Which ones" value={shown} options={SHOWN} onChange={(next) => go({ status: next === "open" ? undefined : next })} />
        <NativeSelect aria-label="Why it waits" size="xs" value={why ?? ""} onChange={(event) => go({ why: event.currentTarget.value || undefined })}
          data={[{ value: "", label: "Any reason" }, ...Object.entries(REASONS).map(([value, { word }]) => ({ value, label: word }))]} />
      </div>
      <DataTable label="Consents to review" columns={columns} rows={rows} rowId={rowId} hidden={shown === "open" ? ["state"] : NONE} fetching={fetching} error={error} onRetry={() => ask({ requestPolicy: "network-only" })}
        onOpen={setLooked} {...(shown === "open" && { selection: { ids: new Set(selected.keys()), onChange: select } })} skeletonRows={8}
        empty={shown === "open" && !why
          ? <EmptyState icon={<IconShieldCheck size={28} stroke={1.5} />} title="Nothing waits for you">Consents that an import cannot prove will appear here.</EmptyState>
          : <EmptyState title="None like this">Choose All and Any reason to see every one.</EmptyState>} />
      <Pager onBack={page?.pageInfo.hasPreviousPage && page.pageInfo.startCursor ? () => go({ before: page.pageInfo.startCursor ?? undefined }) : undefined}
        onForward={page?.pageInfo.hasNextPage && page.pageInfo.endCursor ? () => go({ after: page.pageInfo.endCursor ?? undefined }) : undefined} words={{ back: "Newer", forward: "Older" }} />
      {selected.size > 0 && !deciding && (
        <div className={styles.actions} role="toolbar" aria-label="Selected consents">
          <output><b>{formatNumber(selected.size)}</b> selected</output>
          <Button variant="default" onClick={() => start("REJECT")}>Reject</Button>
          <Button onClick={() => start("ACCEPT")}>Accept</Button>
          <Button variant="subtle" color="gray" c="inherit" onClick={() => setSelected(new Map())}>Clear</Button>
        </div>
      )}
      <Suspense>
        {looked && <HeldDrawer held={looked} what={whatText(looked, known)} onClose={() => setLooked(undefined)} onDecide={(decision) => start(decision, looked)} />}
        {deciding && <ReviewDialog decision={deciding} rows={[...selected.values()]} onClose={() => setDeciding(undefined)} onDone={() => { setDeciding(undefined); setSelected(new Map()); }} />}
      </Suspense>
    </Page>
  );
}

const NONE: readonly string[] = [];
const rowId = (row: Held) => row.id;
const EXAMPLE = { input: { ids: ["an id of the list above"], decision: "ACCEPT", basis: "EXPLICIT", collectedAt: "2026-03-12T12:00:00Z", source: "Paper forms, folder 12 of the archive", reason: "Seen by Ada" } };

function Whose({ row }: { row: Held }) {
  const { customer, identifier } = row;
  if (!customer) return <OrMissing>{identifier && <bdi dir="ltr">{identifier}</bdi>}</OrMissing>;
  return (
    <>
      <TextLink to="/customers/$id" params={{ id: customer.id }} search={{ tab: "consent" }} c="inherit" fw={500} inherit>{customer.displayName}</TextLink>
      {identifier && identifier !== customer.displayName && <Text component="span" inherit c="dimmed"> · <bdi dir="ltr">{identifier}</bdi></Text>}
    </>
  );
}

export function Why({ row }: { row: Held }) {
  const { tone, word } = REASONS[row.why];
  return <span title={row.message}><Status tone={tone}>{word}</Status></span>;
}

function From({ row: { run, row } }: { row: Held }) {
  if (!run) return <Missing />;
  const from = `${row === null ? "" : `Row ${formatNumber(row)}, `}${run.fileName ?? "an import"}`;
  return <TextLink to="/imports/$id" params={{ id: run.id }} title={from} inherit>{from}</TextLink>;
}
