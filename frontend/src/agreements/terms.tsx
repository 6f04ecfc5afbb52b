import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { RelativeTime } from "../ui/values.tsx";
import { NameAndKey } from "./name-and-key.tsx";
import { TermCreate, type TermRow, TermsQuery } from "./queries.ts";
import { TextLink } from "../ui/links.tsx";
import { inForce, inOrder, languageName, versionState } from "./words.ts";

const NewTermDialog = lazy(async () => ({ default: (await import("./term-dialog.tsx")).NewTermDialog }));

const EXAMPLE = { input: { key: "newsletter", name: "Newsletter sign-up", texts: [{ locale: "en", text: "Yes, send me news by email." }] } };

/** The version that a row speaks of: the one in force, or the first that will be. */
const shownVersion = (term: TermRow) => inForce(term.versions) ?? term.versions.at(-1);

function stateOf(term: TermRow) {
  if (term.archivedAt) return <Status tone="quiet">Archived</Status>;
  const version = shownVersion(term);
  const [tone, word] = version ? versionState(version, term.versions) : (["quiet", "Empty"] as const);
  return <Status tone={tone}>{word}</Status>;
}

function Languages({ term }: { term: TermRow }) {
  const locales = shownVersion(term)?.texts.map(({ locale }) => locale) ?? [];
  return <span title={locales.map(languageName).join(", ")}>{locales.join(", ")}</span>;
}

const columns: Column<TermRow>[] = [
  {
    id: "name", header: "Term", grow: 45,
    cell: ({ name, key, archivedAt }) => <TextLink to="/settings/terms/$key" params={{ key }} c="inherit" fz="inherit" underline="never"><NameAndKey name={name} keyName={key} quiet={archivedAt !== null} /></TextLink>,
  },
  { id: "version", header: "Version", align: "right", cell: (term) => <span className="num">{shownVersion(term)?.version}</span> },
  { id: "from", header: "Since", cell: (term) => <RelativeTime at={inForce(term.versions)?.effectiveFrom} />, hideOn: "phone" },
  { id: "languages", header: "Languages", grow: 20, cell: (term) => <Languages term={term} />, hideOn: "phone" },
  { id: "state", header: "State", cell: stateOf },
];

/** The wordings that people accept. */
export function TermsPage() {
  const can = useCan();
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const context = useMemo(() => ({ additionalTypenames: ["Term"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: TermsQuery, context });
  const rows = useMemo(() => data && inOrder(data.terms), [data]);
  const add = can("settings.consent") && <Button onClick={() => setCreating(true)}>New term</Button>;
  return (
    <Page title="Terms" {...(rows && { aside: rows.length })} actions={add}
      operations={[{ title: "Terms", document: TermsQuery }, { title: "A new one", document: TermCreate, variables: EXAMPLE }]}>
      <DataTable label="Terms" columns={columns} rows={rows} rowId={({ key }) => key} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={4} onOpen={({ key }) => void navigate({ to: "/settings/terms/$key", params: { key } })}
        empty={<EmptyState title="No terms yet" action={add}>A term is a wording that people accept: what stands beside the box of a sign-up form, a privacy statement. Each version stays, so that it can be shown what somebody agreed to.</EmptyState>} />
      <Suspense>{creating && <NewTermDialog onClose={() => setCreating(false)} />}</Suspense>
    </Page>
  );
}
