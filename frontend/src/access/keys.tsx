import { Button, Code, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Page } from "../ui/page.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { Missing, RelativeTime } from "../ui/values.tsx";
import { type KeyRow, KeysQuery } from "./queries.ts";

const KeyDialog = lazy(async () => ({ default: (await import("./key-dialog.tsx")).KeyDialog }));
const RevokeDialog = lazy(async () => ({ default: (await import("./revoke-dialog.tsx")).RevokeDialog }));

function stateOf(key: KeyRow) {
  if (key.revokedAt) return <Status tone="quiet">Revoked</Status>;
  if (key.expiresAt && new Date(key.expiresAt) < new Date()) return <Status tone="warn">Expired</Status>;
  return <Status tone="good">Works</Status>;
}

function columnsOf(onRevoke: (key: KeyRow) => void): Column<KeyRow>[] {
  return [
    { id: "name", header: "Name", grow: 25, cell: (key) => <Text component="span" inherit fw={500}>{key.name}</Text> },
    { id: "prefix", header: "Begins with", cell: (key) => <Code>{key.prefix}</Code>, hideOn: "phone" },
    { id: "roles", header: "Roles", cell: (key) => key.roles.map((role) => role.name).join(", ") || <Missing /> },
    { id: "scopes", header: "Narrowed to", grow: 20, cell: (key) => (key.scopes.length > 0 ? <span title={key.scopes.join(", ")}>{key.scopes.join(", ")}</span> : <Missing />), hideOn: "narrow" },
    { id: "purposes", header: "Purposes", cell: (key) => (key.scopes.includes("consent.record") ? key.purposes?.join(", ") ?? "All" : <Missing />), hideOn: "narrow" },
    { id: "state", header: "State", cell: stateOf },
    { id: "used", header: "Last used", cell: (key) => <RelativeTime at={key.lastUsedAt} />, hideOn: "phone" },
    { id: "expires", header: "Expires", cell: (key) => <RelativeTime at={key.expiresAt} />, hideOn: "narrow" },
    { id: "by", header: "Created by", cell: (key) => key.createdBy.name, hideOn: "narrow" },
    {
      id: "act", header: "Actions", silent: true, align: "right",
      cell: (key) => !key.revokedAt && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onRevoke(key)} aria-label={`Revoke ${key.name}`}>Revoke</Button>,
    },
  ];
}

/** The keys that programs come in with. */
export function KeysPage() {
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<KeyRow>();
  const context = useMemo(() => ({ additionalTypenames: ["ApiKey"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: KeysQuery, context });
  const columns = useMemo(() => columnsOf(setRevoking), []);
  return (
    <Page title="API keys" {...(data && { aside: data.apiKeys.length })} operations={[{ document: KeysQuery }]}
      actions={<Button onClick={() => setCreating(true)}>New key</Button>}>
      <DataTable label="API keys" columns={columns} rows={data?.apiKeys} rowId={(key) => key.id} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={4}
        empty={<EmptyState title="No API keys yet" action={<Button onClick={() => setCreating(true)}>New key</Button>}>A key lets a program do over GraphQL what this app does, as far as its roles allow.</EmptyState>} />
      <Suspense>
        {creating && <KeyDialog onClose={() => setCreating(false)} />}
        {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(undefined)} />}
      </Suspense>
    </Page>
  );
}
