import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { ConfirmDialog } from "../ui/confirm.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import type { Webhook } from "./queries.ts";
import { hostOf } from "./words.tsx";

const WebhookDelete = graphql(`
  mutation WebhookDelete($id: ID!, $input: WebhookDeleteInput!) {
    webhookDelete(id: $id, input: $input) { applied errors { code message path } }
  }
`);

interface DeleteDialogProps {
  webhook: Webhook;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before a system is told of nothing any more. */
export function DeleteDialog({ webhook, onClose, onDeleted }: DeleteDialogProps) {
  const context = { additionalTypenames: ["Webhook"] };
  const [, remove] = useMutation(WebhookDelete);
  const act = async () => {
    const { data, error } = await remove({ id: webhook.id, input: {} }, context);
    const errors = error ?? data?.webhookDelete.errors;
    if (!data?.webhookDelete.applied) {
      toastError(errors ?? "", "The webhook is still there.");
      return false;
    }
    toast(`Webhook to ${hostOf(webhook.url)} deleted`);
    onDeleted();
    return true;
  };
  return (
    <ConfirmDialog opened onClose={onClose} title={`Delete the webhook to ${hostOf(webhook.url)}?`} confirm="Delete webhook" danger onConfirm={act}>
      It is told of nothing any more, and what waits for it will not be sent. Its secret cannot be brought back.
    </ConfirmDialog>
  );
}
