import { Badge, Button, Group, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Identicon } from "../ui/identicon.tsx";
import { Page } from "../ui/page.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { RelativeTime } from "../ui/values.tsx";
import { useCan } from "../ui/session.tsx";
import { type UserRow, UsersQuery } from "./queries.ts";

const UserDialog = lazy(async () => ({ default: (await import("./user-dialog.tsx")).UserDialog }));

const columns: Column<UserRow>[] = [
  {
    id: "name", header: "Name", grow: 30,
    cell: (user) => <Group gap="sm" wrap="nowrap"><Identicon id={user.id} size={22} /><Text component="span" inherit fw={500} truncate>{user.name}</Text></Group>,
  },
  { id: "email", header: "Email", cell: (user) => user.email, hideOn: "phone" },
  {
    id: "roles", header: "Roles", hideOn: "phone",
    cell: (user) => <Group gap="xs" wrap="nowrap">{user.roles.map((role) => <Badge key={role.id} variant="default" size="sm" tt="none" fw={500}>{role.name}</Badge>)}</Group>,
  },
  { id: "active", header: "State", cell: (user) => (user.active ? <Status tone="good">Active</Status> : <Status tone="quiet">Deactivated</Status>) },
  { id: "last", header: "Last sign-in", cell: (user) => <RelativeTime at={user.lastSignInAt} />, hideOn: "phone" },
  { id: "created", header: "Added", cell: (user) => <RelativeTime at={user.createdAt} />, hideOn: "narrow" },
];

/** Who may come in. */
export function UsersPage() {
  const can = useCan();
  const [open, setOpen] = useState<UserRow | "new">();
  const context = useMemo(() => ({ additionalTypenames: ["User"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: UsersQuery, variables: {}, context });
  return (
    <Page title="Users" {...(data && { aside: data.users.length })} operations={[{ document: UsersQuery, variables: {} }]}
      actions={can("settings.users") && <Button onClick={() => setOpen("new")}>New user</Button>}>
      <DataTable label="Users" columns={columns} rows={data?.users} rowId={(user) => user.id} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={setOpen} onEdit={setOpen} skeletonRows={4}
        empty={<EmptyState title="No users yet">Add the people who work here; each gets a link by mail to set a password.</EmptyState>} />
      <Suspense>{open && <UserDialog user={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} />}</Suspense>
    </Page>
  );
}
