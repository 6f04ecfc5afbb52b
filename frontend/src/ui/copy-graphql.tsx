import { Group, Modal, Stack, Tabs, Text } from "@mantine/core";
import { ButtonLink } from "./links.tsx";
import { CodeBlock } from "./code-block.tsx";
import { CopyButton } from "./copy-button.tsx";
import { curlText, explorerHash, type Operation, queryText } from "./operation.ts";

/** The requests of a page, to copy as GraphQL or as curl, or to open in the explorer. */
export function CopyGraphQL({ operations, opened, onClose }: { operations: readonly Operation[]; opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} size={720} title={<Text fw={600}>This page as GraphQL</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && (
        <Tabs defaultValue={name(operations[0], 0)} keepMounted={false}>
          {operations.length > 1 && (
            <Tabs.List mb="md">
              {operations.map((operation, index) => <Tabs.Tab key={name(operation, index)} value={name(operation, index)}>{name(operation, index)}</Tabs.Tab>)}
            </Tabs.List>
          )}
          {operations.map((operation, index) => <Tabs.Panel key={name(operation, index)} value={name(operation, index)}><One operation={operation} /></Tabs.Panel>)}
        </Tabs>
      )}
    </Modal>
  );
}

function name(operation: Operation | undefined, index: number): string {
  return operation?.title ?? `Request ${index + 1}`;
}

function One({ operation }: { operation: Operation }) {
  const query = queryText(operation);
  const variables = JSON.stringify(operation.variables ?? {}, null, 2);
  return (
    <Stack gap="md">
      <Part title="Query" text={query} />
      {variables !== "{}" && <Part title="Variables" text={variables} />}
      <Part title="curl" text={curlText(operation)} />
      <Group justify="flex-end">
        <ButtonLink to="/explorer" hash={explorerHash(operation)} variant="default">Open in explorer</ButtonLink>
      </Group>
    </Stack>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Text fz="sm" fw={500}>{title}</Text>
        <CopyButton value={text} />
      </Group>
      <CodeBlock text={text} label={title} />
    </div>
  );
}
