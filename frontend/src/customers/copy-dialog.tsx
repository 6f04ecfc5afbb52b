import { Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { failureOf } from "../ui/errors.ts";
import { CopyFiles } from "./copy-files.tsx";

const CopyRun = lazy(async () => ({ default: (await import("./copy-run.tsx")).CopyRun }));

export const CopyMutation = graphql(`
  mutation CustomerCopy($id: ID!, $input: CustomerCopyInput!) {
    customerCopy(id: $id, input: $input) {
      file { id size url }
      page { id size url }
      run { id }
      errors { code message path }
    }
  }
`);

/** Makes the copy that a person may ask for, and offers it as a page to read and as JSON: at once, or when a run has made it. */
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
        {refused && <Text fz="sm" c="var(--bad)" role="alert">{refused}</Text>}
        {!refused && !copied && <Group gap="sm" role="status"><Loader size="xs" /><Text fz="sm">Making the copy…</Text></Group>}
        {copied?.run && <Suspense fallback={<Loader size="xs" />}><CopyRun id={copied.run.id} /></Suspense>}
        {copied?.file && copied.page && <CopyFiles file={copied.file} page={copied.page} />}
        <Text fz="sm" c="dimmed">The files can be downloaded for {copied?.run ? "a day" : "an hour"}, only by you. The access log says that you made them.</Text>
      </Stack>
    </Modal>
  );
}
