import { Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { IconBraces, IconFileText } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useMutation } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { failureOf } from "../ui/errors.ts";
import { formatBytes } from "../ui/values.tsx";

export const CopyMutation = graphql(`
  mutation CustomerCopy($id: ID!, $input: CustomerCopyInput!) {
    customerCopy(id: $id, input: $input) {
      file { id size url }
      page { id size url }
      errors { code message path }
    }
  }
`);

type Copied = ResultOf<typeof CopyMutation>["customerCopy"];

/** Makes the copy that a person may ask for, at once, and offers it as a page to read and as JSON. */
export function CopyDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const [{ data, error }, make] = useMutation(CopyMutation);
  const asked = useRef(false);
  useEffect(() => {
    // Each copy is an entry of the access log, so that one click is one copy however often this is drawn.
    if (!asked.current) void make({ id, input: {} });
    asked.current = true;
  }, [id, make]);
  const copied = data?.customerCopy;
  const refused = error ? failureOf(error).message : copied?.errors.map(({ message }) => message).join(" ");
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>A copy for <bdi>{name}</bdi></Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="lg">
        <Text fz="sm">Everything that is stored about this person, bank accounts in clear: for the person, and for nobody else.</Text>
        {refused ? <Text fz="sm" c="var(--bad)" role="alert">{refused}</Text> : <Downloads copied={copied} />}
        <Text fz="sm" c="dimmed">The files can be downloaded for an hour, only by you. The access log says that you made them.</Text>
      </Stack>
    </Modal>
  );
}

function Downloads({ copied }: { copied: Copied | undefined }) {
  const { file, page } = copied ?? {};
  if (!file || !page) {
    return <Group gap="sm" role="status"><Loader size="xs" /><Text fz="sm">Making the copy…</Text></Group>;
  }
  return (
    <Group gap="sm">
      <Button component="a" href={page.url} download data-autofocus leftSection={<IconFileText size={15} />}>Page to read ({formatBytes(page.size)})</Button>
      <Button component="a" href={file.url} download variant="default" leftSection={<IconBraces size={15} />}>JSON ({formatBytes(file.size)})</Button>
    </Group>
  );
}
