import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { type RunState } from "../runs/progress.tsx";
import { ButtonLink } from "../ui/links.tsx";
import { toastError } from "../ui/toast.tsx";
import { formatBytes, plural } from "../ui/values.tsx";
import { ConsentTallies } from "./consent-tallies.tsx";
import { restated } from "./consents.ts";
import styles from "./imports.module.css";
import { differing } from "./mapping.ts";
import { applyText, sumOf, sumText, tilesOf } from "./outcomes.ts";
import { type Details, Problems } from "./problems.tsx";
import type { NewSearch, RowsSearch } from "./routes.tsx";
import { RowList } from "./row-list.tsx";
import { Tiles } from "./tiles.tsx";

export const ImportApply = graphql(`
  mutation ImportApply($id: ID!, $input: ImportApplyInput!) {
    importApply(id: $id, input: $input) { run { id phase status } applied errors { code message path } }
  }
`);

interface PlanStepProps {
  run: RunState;
  details: Details | undefined;
  search: RowsSearch;
  onSearch: (search: RowsSearch) => void;
}

/** Step 3: what applying the file would do, row by row. Nothing has been written so far, and it says so. */
export function PlanStep({ run, details, search, onSearch }: PlanStepProps) {
  const [, apply] = useMutation(ImportApply);
  const [busy, setBusy] = useState(false);
  const words = applyText(run.planned) ?? (details?.applicable ? "Record the consents" : undefined);
  const submit = async () => {
    setBusy(true);
    // One key for one plan: pressed twice, or sent twice after a cut, it is applied once.
    const { data, error } = await apply({ id: run.id, input: { idempotencyKey: `apply ${run.id}` } });
    setBusy(false);
    if (error) toastError(error, "Nothing was written.");
    else if (data && data.importApply.errors.length > 0) toastError(data.importApply.errors, "Nothing was written.");
    else onSearch({});
  };
  return (
    <Stack gap="lg">
      <div className={styles.bar}>
        <div>
          <Text fw={500}>{sumText(run.planned, details?.rowsRead ?? sumOf(run.planned), "plan", "not looked at")}</Text>
          <Text fz="sm" c="dimmed">Nothing has been written so far.</Text>
        </div>
        <Group gap="sm" ml="auto">
          {details && isKept(details.file) && <ButtonLink to="/imports/new" search={again(run.id, details)} variant="default">Change columns</ButtonLink>}
          <Button size="sm" loading={busy} disabled={!words || details?.applicable === false} onClick={submit}>{words ?? "Nothing to write"}</Button>
        </Group>
      </div>
      <Tiles tiles={tilesOf(run.planned)} phase="plan" shown={search.rows} onShow={(rows) => onSearch({ ...search, rows, after: undefined })} />
      {!words && <Alert color="gray" variant="light" p="md">This file changes nothing: {nothingBecause(run.planned)}</Alert>}
      {details && <ConsentTallies details={details} phase="plan" shown={search.problem} onShow={(problem) => onSearch({ ...search, problem, after: undefined })} />}
      {details && <Problems problems={details.problems} shown={search.problem} onShow={(problem) => onSearch({ ...search, problem, after: undefined })} />}
      <RowList id={run.id} applied={false} search={search} onSearch={onSearch} />
      {details && <ReadAs details={details} />}
    </Stack>
  );
}

function nothingBecause(planned: RunState["planned"]): string {
  const unchanged = planned.some((one) => one.name === "UNCHANGED" && one.count > 0);
  return unchanged ? "what can be read of it stands there already." : "no row can be created or updated. The problems below say why.";
}

/** The address of the columns of the same file, as they were chosen for this plan. */
export function again(runId: string, { file, encoding, delimiter, keylessRows, columns, consents }: Details): NewSearch {
  return { ...(consents && { consent: restated(consents) }), file: file.id, encoding, delimiter, columns: differing(columns), from: runId, ...(keylessRows === "CREATE" && { keyless: true }) };
}

/** Whether the upload is still on the server; after some days it is removed. */
export function isKept({ expiresAt }: { expiresAt: string | null }): boolean {
  return expiresAt === null || Date.parse(expiresAt) > Date.now();
}

/** How the file was read, for whoever wonders. */
export function ReadAs({ details }: { details: Details }) {
  const facts = [
    isKept(details.file) ? `${details.file.name}, ${formatBytes(details.file.size)}` : `${details.file.name}, which is no longer kept: to import it with other columns, upload it again`,
    `read as ${details.encoding.toUpperCase()}`,
    details.preset && `preset ${details.preset}`,
    details.unmapped.length > 0 && `${plural(details.unmapped.length, "column")} not imported: ${details.unmapped.join(", ")}`,
  ].filter(Boolean);
  return <Text fz="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{facts.join(" · ")}</Text>;
}
