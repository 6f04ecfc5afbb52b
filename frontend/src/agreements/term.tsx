import { Button, Menu, Title } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconFileText } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useQuery } from "urql";
import { useCrumb } from "../ui/crumb.ts";
import { ButtonLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { OrMissing } from "../ui/values.tsx";
import styles from "./agreements.module.css";
import { useArchive } from "./archive.tsx";
import { type Term, TermQuery, TermVersionAdd } from "./queries.ts";
import { VersionText } from "./version-text.tsx";
import { inForce, versionState } from "./words.ts";

const TermDialog = lazy(async () => ({ default: (await import("./term-dialog.tsx")).TermDialog }));
const VersionDialog = lazy(async () => ({ default: (await import("./version-dialog.tsx")).VersionDialog }));
const ArchiveDialog = lazy(async () => ({ default: (await import("./archive.tsx")).ArchiveDialog }));

const route = getRouteApi("/shell/settings/terms/$key");

/** One term: its versions, the wording of each in each language. */
export function TermPage() {
  const { key } = route.useParams();
  const [{ data, error }, ask] = useQuery({ query: TermQuery, variables: { key } });
  const term = data?.term?.key === key ? data.term : undefined;
  useCrumb(term?.name);
  const operations = [
    { title: "The term", document: TermQuery, variables: { key } },
    { title: "A new version", document: TermVersionAdd, variables: { key, input: { texts: [{ locale: "en", text: "Yes, send me news by email." }] } } },
  ];
  if (term) return <Found term={term} operations={operations} />;
  return (
    <Page title="Term" operations={operations}>
      {error && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!data && !error && <div className={styles.columns}><TextSkeleton lines={8} /><div className={styles.side}><TextSkeleton lines={4} /></div></div>}
      {data?.term === null && (
        <EmptyState icon={<IconFileText size={28} stroke={1.5} />} title="There is no such term" action={<ButtonLink variant="default" to="/settings/terms">All terms</ButtonLink>}>
          The address may be cut, or it belongs to another installation.
        </EmptyState>
      )}
    </Page>
  );
}

type Operations = Parameters<typeof Page>[0]["operations"];
type Open = "edit" | "version" | "archive";

function Found({ term, operations }: { term: Term; operations: Operations }) {
  const { version: asked } = route.useSearch();
  const navigate = route.useNavigate();
  const changes = useCan()("settings.consent");
  const archive = useArchive("term");
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  useShortcut("e", "Edit the term", () => setOpen("edit"), changes);
  useShortcut("Escape", "Back to the list", () => void navigate({ to: "/settings/terms" }));
  const current = inForce(term.versions);
  const shown = term.versions.find(({ version }) => version === asked) ?? current ?? term.versions[0];
  const item = term.archivedAt
    ? <Menu.Item leftSection={<IconArchiveOff size={15} />} onClick={() => void archive(term, false)}>Use again</Menu.Item>
    : <Menu.Item leftSection={<IconArchive size={15} />} onClick={() => setOpen("archive")}>Archive</Menu.Item>;
  const actions = changes && (
    <>
      <Button variant="default" onClick={() => setOpen("edit")}>Edit</Button>
      {!term.archivedAt && <Button onClick={() => setOpen("version")}>New version</Button>}
    </>
  );
  return (
    <Page title={term.name} operations={operations} actions={actions} menu={changes && item}>
      <div className={styles.columns}>
        {shown && <VersionText key={shown.version} version={shown} state={versionState(shown, term.versions)} />}
        <aside className={styles.side} aria-label="About the term">
          <dl className={styles.facts}>
            <Fact name="Key"><span className={styles.key}>{term.key}</span></Fact>
            <Fact name="For"><OrMissing>{term.about}</OrMissing></Fact>
            <Fact name="State">{term.archivedAt ? <Status tone="quiet">Archived</Status> : current ? <Status tone="good">In use</Status> : <Status tone="going">Not yet in force</Status>}</Fact>
          </dl>
          <Versions term={term} shown={shown?.version} />
        </aside>
      </div>
      <Suspense>
        {open === "edit" && <TermDialog term={term} onClose={close} />}
        {open === "version" && <VersionDialog term={term} onClose={close} onAdded={(version) => void navigate({ search: { version } })} />}
        {open === "archive" && <ArchiveDialog kind="term" thing={term} onClose={close} />}
      </Suspense>
    </Page>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
}

function Versions({ term, shown }: { term: Term; shown: number | undefined }) {
  return (
    <nav aria-labelledby="versions">
      <Title order={2} fz={14} id="versions">Versions</Title>
      <ul className={styles.versions}>
        {term.versions.map((one) => {
          const [tone, word] = versionState(one, term.versions);
          return (
            <li key={one.version}>
              <Link className={styles.version} to="/settings/terms/$key" params={{ key: term.key }} search={{ version: one.version }} aria-current={one.version === shown ? "true" : undefined}
                activeProps={{}}>
                Version {one.version}<Status tone={tone}>{word}</Status>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
