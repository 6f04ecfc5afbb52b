import { Alert, Badge, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { useMutation, useQuery } from "urql";
import type { ResultOf } from "../graphql.ts";
import { failureOf, type UserError } from "../ui/errors.ts";
import { ButtonLink } from "../ui/links.tsx";
import { EmptyState, ErrorState, FormErrors, TextSkeleton } from "../ui/states.tsx";
import { formatBytes, formatNumber, plural } from "../ui/values.tsx";
import { ColumnTable } from "./column-table.tsx";
import { ConsentOptions } from "./consent-options.tsx";
import { bringsConsents, type Proof, stated } from "./consents.ts";
import styles from "./imports.module.css";
import { type Chosen, doubtful, isUsed, mapped, planned, unmapped } from "./mapping.ts";
import { PreviewRows, Reading } from "./preview-rows.tsx";
import { ImportPlan, ImportPreviewQuery, ImportTargetsQuery } from "./queries.ts";
import { Refused } from "./refused.tsx";
import type { NewSearch } from "./routes.tsx";

type Preview = ResultOf<typeof ImportPreviewQuery>["importPreview"];

interface ColumnsStepProps {
  fileId: string;
  search: NewSearch;
  onSearch: (change: Partial<NewSearch>) => void;
  onPlanned: (runId: string) => void;
}

/** Step 2: how the file is read and where its columns go. */
export function ColumnsStep({ fileId, search, onSearch, onPlanned }: ColumnsStepProps) {
  const variables = { fileId, encoding: search.encoding ?? null, delimiter: search.delimiter ?? null };
  const [{ data, error, stale, fetching }, ask] = useQuery({ query: ImportPreviewQuery, variables });
  const read = (change: Partial<NewSearch>) => onSearch({ ...change, columns: undefined });
  if (error && !data) {
    const { kind, message } = failureOf(error);
    if (error.graphQLErrors[0]?.extensions["code"] === "NOT_FOUND") return <Gone />;
    if (kind === "refused") return <Refused title="This file cannot be read" reasons={[message]} />;
    return <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} kept="The file is kept on the server." />;
  }
  if (!data) return <TextSkeleton lines={10} />;
  const preview = data.importPreview;
  if (preview.errors.length > 0) {
    return (
      <Refused title={`${preview.file.name} cannot be read`} reasons={preview.errors.map((one) => one.message)}>
        <Reading preview={preview} onChange={read} />
      </Refused>
    );
  }
  return (
    <Columns preview={preview} search={search} onSearch={onSearch} onPlanned={onPlanned} busy={fetching || stale}>
      <Reading preview={preview} onChange={read} />
    </Columns>
  );
}

/** A file whose address is made up, or whose time is over. */
function Gone() {
  return (
    <EmptyState title="This file is not here" action={<ButtonLink to="/imports/new">Choose a file</ButtonLink>}>
      Uploaded files are kept for 7 days; those that are still being uploaded, for one. Nothing of it was written.
    </EmptyState>
  );
}

interface ColumnsProps extends Omit<ColumnsStepProps, "fileId"> {
  preview: Preview;
  busy: boolean;
  children: ReactNode;
}

function Columns({ preview, search, onSearch, onPlanned, busy, children }: ColumnsProps) {
  const [{ data }] = useQuery({ query: ImportTargetsQuery });
  const [{ fetching: planning }, plan] = useMutation(ImportPlan);
  const [errors, setErrors] = useState<UserError[]>([]);
  const [failure, setFailure] = useState<string>();
  const chosen = search.columns ?? NOTHING_CHOSEN;
  const columns = useMemo(() => mapped(preview.columns, chosen), [preview.columns, chosen]);
  const byColumn = errorsByColumn(errors);
  const used = columns.filter(isUsed).length;
  const proof = search.consent ?? NOTHING_STATED;
  const brings = bringsConsents(columns);
  const undated = errors.find(({ path }) => path?.[0] === "consent")?.message;

  const change = (next: Chosen) => {
    setErrors([]);
    onSearch({ columns: next });
  };
  const submit = async () => {
    setErrors([]);
    setFailure(undefined);
    const answer = await plan({
      input: { fileId: preview.file.id, columns: planned(columns), encoding: preview.encoding, delimiter: preview.delimiter, keylessRows: search.keyless ? "CREATE" : "SKIP", ...(brings && { consent: stated(proof) }) },
    });
    if (answer.error) setFailure(failureOf(answer.error).message);
    const made = answer.data?.importPlan;
    if (made?.run) onPlanned(made.run.id);
    else setErrors(made?.errors ?? []);
  };

  return (
    <Stack gap="lg" aria-busy={busy}>
      <div className={styles.bar}>
        <div>
          <Text fw={500} className="cut">{preview.file.name}</Text>
          <Text fz="sm" c="dimmed" className="num">{formatBytes(preview.file.size)} · {plural(columns.length, "column")}</Text>
        </div>
        {children}
        {preview.preset && <Badge variant="light" color="accent" tt="none" fw={500} size="lg">{preview.preset}: every column is known</Badge>}
      </div>
      <Facts columns={columns} used={used} />
      {data ? <ColumnTable columns={columns} targets={data.importTargets} chosen={chosen} onChange={change} errors={byColumn} /> : <TextSkeleton lines={12} />}
      {brings && <ConsentOptions columns={columns} proof={proof} error={undated} onChange={(consent) => onSearch({ consent })} />}
      <PreviewRows preview={preview} />
      <Checkbox size="sm" checked={search.keyless ?? false} onChange={(event) => onSearch({ keyless: event.currentTarget.checked || undefined })}
        label="Also create customers from rows that have neither a reference id nor an email"
        description="Such a row finds nobody, so importing the file twice creates them twice. Without this they are skipped." />
      <FormErrors errors={errors.filter((one) => one.path?.[0] !== "consent" && (!byColumn.size || columnOf(one) === undefined))} />
      {failure && <Alert color="red" variant="light" p="sm" role="alert">{failure} Your choices are kept in the address of this page.</Alert>}
      <Group justify="flex-end" gap="md" className={styles.foot}>
        <Text fz="sm" c="dimmed">Nothing is written yet: the plan comes first.</Text>
        <Button size="sm" loading={planning} disabled={used === 0} onClick={submit}>Check all rows</Button>
      </Group>
    </Stack>
  );
}

const NOTHING_CHOSEN: Chosen = {};
const NOTHING_STATED: Proof = {};

/** What needs a look: guesses, and columns that go nowhere. */
function Facts({ columns, used }: { columns: ReturnType<typeof mapped>; used: number }) {
  const nowhere = unmapped(columns);
  const guesses = doubtful(columns).length;
  return (
    <Stack gap="xs" fz="sm">
      <span>{formatNumber(used)} of {plural(columns.length, "column")} {used === 1 ? "goes" : "go"} into customers{guesses > 0 && `, ${formatNumber(guesses)} of them by a guess`}.</span>
      {nowhere.length > 0 && <span><b>Not imported:</b> {nowhere.join(", ")}</span>}
    </Stack>
  );
}

function columnOf({ path }: UserError): number | undefined {
  return path?.[0] === "columns" && path[1] !== undefined ? Number(path[1]) : undefined;
}

function errorsByColumn(errors: readonly UserError[]): Map<number, string> {
  const found = new Map<number, string>();
  for (const error of errors) {
    const column = columnOf(error);
    if (column !== undefined) found.set(column, error.message);
  }
  return found;
}
