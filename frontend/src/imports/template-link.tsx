import { Anchor, Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useClient } from "urql";
import { graphql } from "../graphql.ts";
import { saveText } from "../ui/save-text.ts";
import { toastError } from "../ui/toast.tsx";

export const ImportTemplate = graphql(`query ImportTemplate { importTemplate }`);

/** Saves the template file: its columns map by themselves. */
export function TemplateLink({ button = false }: { button?: boolean }) {
  const client = useClient();
  const save = async () => {
    const { data, error } = await client.query(ImportTemplate, {}).toPromise();
    if (error) toastError(error, "The template was not fetched.");
    else if (data) saveText("regulars-template.csv", data.importTemplate, "text/csv");
  };
  if (button) return <Button variant="default" leftSection={<IconDownload size={15} />} onClick={save}>Download the template</Button>;
  return <Anchor component="button" type="button" fz="inherit" onClick={save}>Download the template</Anchor>;
}
