import { Alert, Button, Checkbox, Group, Modal, Radio, ScrollArea, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { useMutation, useQuery } from "urql";
import { Choices } from "../ui/choices.tsx";
import { failureOf, type UserError } from "../ui/errors.ts";
import { ErrorState, FormErrors, TextSkeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { formatNumber, plural } from "../ui/values.tsx";
import { type Preset, presetColumns } from "./presets.ts";
import { type ExportColumn, ExportColumnsQuery, ExportCountQuery, type ExportInput, ExportStart } from "./queries.ts";

type Format = NonNullable<ExportInput["format"]>;
type Flavor = NonNullable<ExportInput["flavor"]>;
type Lists = NonNullable<ExportInput["lists"]>;

const PRESETS: readonly { value: Preset; label: string }[] = [
  { value: "table", label: "What the table shows" }, { value: "contact", label: "Contact data" }, { value: "all", label: "Everything" },
];
const FORMATS: readonly { value: Format; label: string }[] = [{ value: "CSV", label: "CSV" }, { value: "JSONL", label: "JSON lines" }, { value: "JSON", label: "JSON" }];

/** Whom to export: what the list is asked with, or named customers. */
export type Whom = Pick<ExportInput, "where" | "search" | "sort" | "ids">;

interface ExportDialogProps {
  whom: Whom;
  /** Names of the fields that the table shows. */
  shown: readonly string[];
  onClose: () => void;
}

/** Asks which columns and which kind of file, and starts the export. */
export function ExportDialog({ whom: wanted, shown, onClose }: ExportDialogProps) {
  // The list may be drawn anew meanwhile; whom it is about was said when the dialog was opened.
  const [whom] = useState(wanted);
  const navigate = useNavigate();
  const [{ data, error }, again] = useQuery({ query: ExportColumnsQuery });
  const columns = data?.exportColumns;
  const [chosen, setChosen] = useState<readonly string[]>();
  const [format, setFormat] = useState<Format>("CSV");
  const [flavor, setFlavor] = useState<Flavor>("SPREADSHEET");
  const [lists, setLists] = useState<Lists>("BY_POSITION");
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [{ fetching }, start] = useMutation(ExportStart);
  const paths = chosen ?? (columns && presetColumns("table", columns, shown)) ?? [];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setErrors([]);
    const { data: answer, error: failed } = await start({ input: { ...whom, columns: [...paths], format, flavor, lists } }, { additionalTypenames: ["Run"] });
    if (failed) return setErrors([{ code: "FAILED", message: failureOf(failed).message }]);
    const made = answer?.exportStart;
    if (!made?.run) return setErrors(made?.errors ?? []);
    if (made.deduplicated) toast("The same export is under way already");
    onClose();
    await navigate({ to: "/runs/$id", params: { id: made.run.id } });
  };

  return (
    <Modal opened onClose={onClose} size={600} title={<Text fw={600}>Export customers</Text>} closeButtonProps={{ "aria-label": "Close" }} closeOnClickOutside={false}>
      {error && !columns && <ErrorState error={error} onRetry={() => again({ requestPolicy: "network-only" })} />}
      {!columns && !error && <TextSkeleton lines={8} />}
      {columns && (
        <form onSubmit={submit}>
          <Stack gap="lg">
            <FormErrors errors={errors} />
            <HowMany whom={whom} />
            <ColumnChoice columns={columns} shown={shown} chosen={paths} onChange={setChosen} />
            <FileChoice format={format} onFormat={setFormat} flavor={flavor} onFlavor={setFlavor} lists={lists} onLists={setLists} />
            <Group justify="flex-end" gap="sm">
              <Text fz="xs" c="dimmed" mr="auto" visibleFrom="sm">Kept for 7 days; you get a mail when it is ready.</Text>
              <Button variant="default" onClick={onClose}>Cancel</Button>
              <Button type="submit" loading={fetching} disabled={paths.length === 0}>Export</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

/** How many customers the file would hold, by a dry run. */
function HowMany({ whom }: { whom: Whom }) {
  const [{ data, error }, ask] = useMutation(ExportCountQuery);
  const input = useMemo(() => ({ ...whom, columns: ["id"], dryRun: true }), [whom]);
  useEffect(() => void ask({ input }), [ask, input]);
  const found = data?.exportStart.count;
  const refused = error ? failureOf(error).message : data?.exportStart.errors[0]?.message;
  if (refused) return <Alert color="yellow" variant="light" p="sm">{refused}</Alert>;
  if (!found) return <TextSkeleton lines={1} />;
  const many = found.precision === "EXACT" ? plural(found.count, "customer") : `More than ${formatNumber(Math.max(found.count - 1, 0))} customers`;
  return <Text fz="sm"><b>{many}</b>{whom.ids ? ", as selected." : whom.where || whom.search ? ", as the list is filtered now." : ": everybody."}</Text>;
}

interface ColumnChoiceProps {
  columns: readonly ExportColumn[];
  shown: readonly string[];
  chosen: readonly string[];
  onChange: (paths: string[]) => void;
}

function ColumnChoice({ columns, shown, chosen, onChange }: ColumnChoiceProps) {
  const [preset, setPreset] = useState<Preset | "own">("table");
  const options = preset === "own" ? [...PRESETS, { value: "own" as const, label: "My choice" }] : PRESETS;
  const take = (next: Preset | "own") => {
    setPreset(next);
    if (next !== "own") onChange(presetColumns(next, columns, shown));
  };
  const own = (paths: string[]) => {
    setPreset("own");
    onChange(columns.map(({ path }) => path).filter((path) => paths.includes(path)));
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between"><Text fz="sm" fw={500}>Columns</Text><Text fz="xs" c="dimmed">{formatNumber(chosen.length)} chosen</Text></Group>
      <Choices label="Sets of columns" value={preset} options={options} onChange={take} />
      <ScrollArea.Autosize mah={180} type="auto" viewportProps={{ tabIndex: 0, role: "group", "aria-label": "All columns" }}>
        <Checkbox.Group value={[...chosen]} onChange={own} aria-label="Columns of the file">
          <Stack gap="xs" p="xs">
            {columns.map(({ path, label, allowed, permission }) => (
              <Checkbox key={path} value={path} label={label} disabled={!allowed} {...(!allowed && { description: `Needs the permission ${permission}.` })} />
            ))}
          </Stack>
        </Checkbox.Group>
      </ScrollArea.Autosize>
    </Stack>
  );
}

interface FileChoiceProps {
  format: Format;
  onFormat: (format: Format) => void;
  flavor: Flavor;
  onFlavor: (flavor: Flavor) => void;
  lists: Lists;
  onLists: (lists: Lists) => void;
}

function FileChoice({ format, onFormat, flavor, onFlavor, lists, onLists }: FileChoiceProps) {
  return (
    <Stack gap="sm">
      <Text fz="sm" fw={500}>File</Text>
      <Choices label="Format" value={format} options={FORMATS} onChange={onFormat} />
      {format === "CSV" ? (
        <>
          <Radio.Group value={flavor} onChange={(next) => onFlavor(next as Flavor)} aria-label="For whom">
            <Stack gap="sm">
              <Radio value="SPREADSHEET" label="For spreadsheets" description="Opens in Excel as it is; a cell that could be a formula begins with an apostrophe." />
              <Radio value="MACHINE" label="For machines" description="Every value exactly as it is stored; not to be opened in a spreadsheet." />
            </Stack>
          </Radio.Group>
          <Checkbox checked={lists === "JOINED"} onChange={(event) => onLists(event.currentTarget.checked ? "JOINED" : "BY_POSITION")}
            label="One column for a whole list" description="All emails in one cell, with semicolons between, instead of a column for each." />
        </>
      ) : <Text fz="xs" c="dimmed">{format === "JSONL" ? "One customer a line, lists as they are." : "One array of customers, lists as they are."}</Text>}
    </Stack>
  );
}
