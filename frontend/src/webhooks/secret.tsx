import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { CopyButton } from "../ui/copy-button.tsx";
import { Notice } from "../ui/notice.tsx";

/** A signing secret, shown once. */
export function Secret({ secret, onClose, children }: { secret: string; onClose: () => void; children?: string }) {
  return (
    <Stack gap="lg">
      <Notice tone="warn">Copy it now: it is shown this once.</Notice>
      <Group gap="sm" wrap="nowrap">
        <Code block flex={1} p="md" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }} data-testid="secret">{secret}</Code>
        <CopyButton value={secret} />
      </Group>
      <Text fz="sm" c="dimmed">
        The receiver checks with it that a message is ours: HMAC-SHA256 over <Code>webhook-id.webhook-timestamp.body</Code>, as any
        library of Standard Webhooks does. {children}
      </Text>
      <Group justify="flex-end"><Button onClick={onClose}>I have copied it</Button></Group>
    </Stack>
  );
}
