import { Text, Title, UnstyledButton } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { FilterChip } from "../ui/chips.tsx";
import { TextLink } from "../ui/links.tsx";
import { Pager } from "../ui/pager.tsx";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { formatNumber, Missing } from "../ui/values.tsx";
import { CONSENT_WORDS } from "./consents.ts";
import styles from "./imports.module.css";
import { type Outcome, WORDS } from "./outcomes.ts";
import type { RowsSearch } from "./routes.tsx";
import { textAt } from "./value-text.ts";

export const ImportRowsQuery = graphql(`
  query ImportRows($id: ID!, $planned: [RowOutcome!], $outcome: [RowOutcome!], $problem: String, $first: Int!, $after: String) {
    runRows(id: $id, planned: $planned, outcome: $outcome, problem: $problem, first: $first, after: $after) {
      nodes {
        n planned outcome customerId customerName key
        issues { code message severity column }
        changes { path label before after }
        consents { topic channel purpose list term state planned why }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = ResultOf<typeof ImportRowsQuery>["runRows"]["nodes"][number];
const PAGE = 50;
const CHANGES = 6;

/** What the rows of a plan or of a result are asked with. */
export function rowsVariables(id: string, applied: boolean, { rows, problem, after }: RowsSearch) {
  const wanted = rows ? [rows] : null;
  return { id, planned: applied ? null : wanted, outcome: applied ? wanted : null, problem: problem ?? null, first: PAGE, after: after ?? null };
}

interface RowListProps {
  id: string;
  applied: boolean;
  search: RowsSearch;
  onSearch: (search: RowsSearch) => void;
}

/** The rows of the file: what each comes to, whom it means, old -> new for each cell, and why. */
export function RowList({ id, applied, search, onSearch }: RowListProps) {
  const context = useMemo(() => ({ additionalTypenames: ["Run", "ImportRow"] }), []);
  const [{ data, error, fetching, stale }, ask] = useQuery({ query: ImportRowsQuery, variables: rowsVariables(id, applied, search), context });
  const page = data?.runRows.pageInfo;
  const onward = page?.hasNextPage ? page.endCursor : undefined;
  const narrowed = search.rows ?? search.problem;
  return (
    <section>
      <div className={styles.row}>
        <Title order={2}>Rows</Title>
        {search.rows && <FilterChip label="Outcome" value={WORDS[search.rows][applied ? "done" : "plan"]} onRemove={() => onSearch({ ...search, rows: undefined, after: undefined })} />}
        {search.problem && <FilterChip label="Problem" value={search.problem} onRemove={() => onSearch({ ...search, problem: undefined, after: undefined })} />}
      </div>
      {error && !data && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} kept="The plan is kept." />}
      {!data && !error && <TextSkeleton lines={8} />}
      {data?.runRows.nodes.length === 0 && (narrowed
        ? <EmptyState title="No such rows">Remove a filter above to see others.</EmptyState>
        : <EmptyState title="No rows">The file has a line of titles and nothing below it.</EmptyState>)}
      {data && data.runRows.nodes.length > 0 && (
        <table className={styles.rows} aria-label="Rows" aria-busy={fetching || stale} data-dimmed={(fetching && stale) || undefined}>
          <thead><tr><th scope="col">Row</th><th scope="col">Outcome</th><th scope="col">Customer</th><th scope="col">What changes</th></tr></thead>
          <tbody>{data.runRows.nodes.map((row) => <OneRow key={row.n} row={row} applied={applied} />)}</tbody>
        </table>
      )}
      <Pager onBack={search.after ? () => window.history.back() : undefined} onForward={onward ? () => onSearch({ ...search, after: onward }) : undefined} />
    </section>
  );
}

function OneRow({ row, applied }: { row: Row; applied: boolean }) {
  const outcome: Outcome = row.outcome ?? row.planned;
  const words = WORDS[outcome];
  // An import that was stopped has rows that it never came to.
  const missed = applied && !row.outcome;
  return (
    <tr>
      <td className="num">{formatNumber(row.n)}</td>
      <td>{missed ? <Status tone="quiet">Not written</Status> : <Status tone={words.tone}>{applied ? words.done : words.plan}</Status>}</td>
      <td className={styles.who}><Who row={row} /></td>
      <td>
        <Changes row={row} />
        {row.consents.map((one) => (
          <div key={`${aboutWhat(one)} ${one.state}`} className={styles.issue}>
            <span className={styles.label}>{aboutWhat(one)}</span> {one.state.toLowerCase()}: {CONSENT_WORDS[one.planned].plan.toLowerCase()}
          </div>
        ))}
        {row.issues.map((issue) => (
          <div key={`${issue.code} ${issue.column} ${issue.message}`} className={styles.issue} data-severity={issue.severity}>
            {issue.column && <b>{issue.column}: </b>}{issue.message}
          </div>
        ))}
      </td>
    </tr>
  );
}

function aboutWhat({ channel, purpose, list, term }: Row["consents"][number]): string {
  if (list) return `List ${list}`;
  return term ? `Term ${term}` : `${channel?.replace("_", "-").toLowerCase() ?? ""}, ${purpose?.toLowerCase() ?? ""}`;
}

function Who({ row }: { row: Row }) {
  const exists = row.customerId && (row.planned !== "CREATE" || row.outcome === "CREATE");
  const name = row.customerName || row.key;
  if (!name) return <Missing />;
  return (
    <>
      {exists ? <TextLink to="/customers/$id" params={{ id: row.customerId ?? "" }} fz="inherit">{name}</TextLink> : name}
      {row.key && row.key !== name && <Text component="div" fz="xs" c="dimmed">{row.key}</Text>}
    </>
  );
}

function Changes({ row }: { row: Row }) {
  const [all, setAll] = useState(false);
  const shown = all ? row.changes : row.changes.slice(0, CHANGES);
  const more = row.changes.length - shown.length;
  const isNew = row.planned === "CREATE";
  if (row.changes.length === 0) return row.issues.length === 0 && row.consents.length === 0 ? <Missing /> : null;
  return (
    <div className={styles.changes}>
      {shown.map((change) => (
        <span key={change.path} className={styles.change}>
          <span className={styles.label}>{change.label}</span>{" "}
          {!isNew && <><Old>{textAt(change.path, change.before)}</Old> <span aria-label="becomes">→</span> </>}
          {textAt(change.path, change.after) ?? <Missing />}
        </span>
      ))}
      {more > 0 && <UnstyledButton className={styles.more} onClick={() => setAll(true)}>{more} more</UnstyledButton>}
    </div>
  );
}

function Old({ children }: { children: ReactNode }) {
  return children === undefined ? <Missing /> : <del className={styles.old}>{children}</del>;
}
