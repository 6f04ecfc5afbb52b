import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { ConfirmDialog } from "../ui/confirm.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import type { KeyRow } from "./queries.ts";

const KeyRevoke = graphql(`
  mutation ApiKeyRevoke($id: ID!, $input: ApiKeyRevokeInput!) {
    apiKeyRevoke(id: $id, input: $input) { apiKey { id revokedAt } applied errors { code message path } }
  }
`);

/** Asks before a key stops working for good. */
export function RevokeDialog({ apiKey, onClose }: { apiKey: KeyRow; onClose: () => void }) {
  const [, revoke] = useMutation(KeyRevoke);
  const act = async () => {
    const { data, error } = await revoke({ id: apiKey.id, input: {} });
    if (error) toastError(error, "The key still works.");
    else if (data && data.apiKeyRevoke.errors.length > 0) toastError(data.apiKeyRevoke.errors, "The key still works.");
    else toast(`Key ${apiKey.name} revoked`);
    return data?.apiKeyRevoke.applied ?? false;
  };
  return (
    <ConfirmDialog opened onClose={onClose} title={`Revoke the key ${apiKey.name}?`} confirm="Revoke key" danger onConfirm={act}>
      Programs that use it are refused from their next request on. This cannot be undone; what they did before stays.
    </ConfirmDialog>
  );
}
