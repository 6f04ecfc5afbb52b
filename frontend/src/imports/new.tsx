import { getRouteApi } from "@tanstack/react-router";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { NoPermission } from "../ui/states.tsx";
import { ColumnsStep } from "./columns-step.tsx";
import { FileStep } from "./file-step.tsx";
import { ImportPlan, ImportPreviewQuery, ImportTargetsQuery } from "./queries.ts";
import type { NewSearch } from "./routes.tsx";
import { Steps } from "./steps.tsx";
import { ImportTemplate } from "./template-link.tsx";
import { FileCreate } from "./use-upload.ts";

const ImportDrop = graphql(`
  mutation ImportDrop($id: ID!, $input: RunCancelInput!) { runCancel(id: $id, input: $input) { run { id status } errors { code message path } } }
`);

const route = getRouteApi("/shell/imports/new");

/** A new import: its file, then its columns. The address keeps both, so that it can be left and found again. */
export function NewImportPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const [, drop] = useMutation(ImportDrop);
  const { file } = search;
  const change = (part: Partial<NewSearch>) => navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  const planned = (id: string) => {
    // The plan that this one replaces can still be applied, which nobody wants after changing its columns.
    if (search.from) void drop({ id: search.from, input: {} });
    void navigate({ to: "/imports/$id", params: { id }, replace: search.from !== undefined });
  };
  if (!can("import.run")) return <Page title="New import" operations={[{ document: ImportTemplate }]}><NoPermission permission="import.run" /></Page>;
  return (
    <Page title="New import" operations={file ? columnOperations(file, search) : FILE_OPERATIONS}>
      <Steps at={file ? "Columns" : "File"} />
      {file
        ? <ColumnsStep key={file} fileId={file} search={search} onSearch={change} onPlanned={planned} />
        : <FileStep onDone={(uploaded) => navigate({ search: { file: uploaded } })} />}
    </Page>
  );
}

const FILE_OPERATIONS = [
  { title: "Announce the file", document: FileCreate, variables: { input: { name: "customers.csv", size: 12_345 } } },
  { title: "The template", document: ImportTemplate },
];

function columnOperations(fileId: string, { encoding, delimiter, keyless }: NewSearch) {
  return [
    { title: "Look at the file", document: ImportPreviewQuery, variables: { fileId, encoding: encoding ?? null, delimiter: delimiter ?? null } },
    { title: "Fields", document: ImportTargetsQuery },
    { title: "Make the plan", document: ImportPlan, variables: { input: { fileId, keylessRows: keyless ? "CREATE" : "SKIP" } } },
  ];
}
