import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { toastError } from "../ui/toast.tsx";
import type { Webhook } from "./queries.ts";
import { Secret } from "./secret.tsx";
import { hostOf } from "./words.tsx";

const WebhookRotateSecret = graphql(`
  mutation WebhookRotateSecret($id: ID!, $input: WebhookRotateSecretInput!) {
    webhookRotateSecret(id: $id, input: $input) { webhook { id } secret applied errors { code message path } }
  }
`);

/** Asks before a webhook gets a new secret, and shows it once. */
export function RotateDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [secret, setSecret] = useState<string>();
  const [{ fetching }, rotate] = useMutation(WebhookRotateSecret);
  const act = async () => {
    const { data, error } = await rotate({ id: webhook.id, input: {} });
    const payload = data?.webhookRotateSecret;
    if (error) toastError(error, "The old secret is still the only one.");
    else if (payload?.secret) setSecret(payload.secret);
    else if (payload) toastError(payload.errors, "The old secret is still the only one.");
  };
  return (
    <Modal opened onClose={onClose} size={560} closeOnClickOutside={secret === undefined} closeButtonProps={{ "aria-label": "Close" }}
      title={<Text fw={600}>{secret ? "Its new signing secret" : `A new secret for ${hostOf(webhook.url)}?`}</Text>}>
      {secret ? <Secret secret={secret} onClose={onClose}>Until this time tomorrow messages carry the old signature too.</Secret> : (
        <Stack gap="lg">
          <Text fz="sm">Messages are signed with both secrets for 24 hours, so that the receiver can change over in between. Then the old one stops.</Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button loading={fetching} onClick={act} data-autofocus>Make a new secret</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
