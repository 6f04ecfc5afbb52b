import { Badge, Button, Code, Group, Text, UnstyledButton } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { plural } from "../ui/values.tsx";
import { type PermissionRow, type RoleRow, RolesQuery } from "./queries.ts";
import styles from "./roles.module.css";

const RoleDialog = lazy(async () => ({ default: (await import("./role-dialog.tsx")).RoleDialog }));

/** What each role may do, as one table: a line per permission, a column per role. */
export function RolesPage() {
  const can = useCan();
  const [open, setOpen] = useState<RoleRow | "new">();
  const context = useMemo(() => ({ additionalTypenames: ["Role"] }), []);
  const [{ data, error }, ask] = useQuery({ query: RolesQuery, context });
  const editable = can("settings.roles");
  return (
    <Page title="Roles" {...(data && { aside: data.roles.length })} operations={[{ document: RolesQuery }]}
      actions={editable && <Button onClick={() => setOpen("new")} disabled={!data}>New role</Button>}>
      {error && !data && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!data && !error && <TextSkeleton lines={12} />}
      {data && <Matrix roles={data.roles} permissions={data.permissions} onOpen={editable ? setOpen : undefined} />}
      <Suspense>
        {open && data && <RoleDialog role={open === "new" ? undefined : open} permissions={data.permissions} onClose={() => setOpen(undefined)} />}
      </Suspense>
    </Page>
  );
}

interface MatrixProps {
  roles: readonly RoleRow[];
  permissions: readonly PermissionRow[];
  onOpen: ((role: RoleRow) => void) | undefined;
}

function Matrix({ roles, permissions, onOpen }: MatrixProps) {
  return (
    // A part that scrolls must take the focus, or the keyboard cannot move it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={styles.scroller} tabIndex={0} aria-label="Roles and their permissions">
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">Permission</th>
            {roles.map((role) => (
              <th key={role.id} scope="col" className={styles.role}>
                {role.preset || !onOpen
                  ? <Text fz="sm" fw={600}>{role.name}</Text>
                  : <UnstyledButton className={styles.name} onClick={() => onOpen(role)}>{role.name}</UnstyledButton>}
                <Text fz="xs" c="dimmed">{plural(role.userCount, "user")}</Text>
                {role.preset && <Badge variant="default" size="xs" tt="none" fw={500} mt="xs">Preset</Badge>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {permissions.map((permission) => (
            <tr key={permission.name}>
              <th scope="row">
                <Group gap="sm" wrap="nowrap"><Code>{permission.name}</Code></Group>
                <Text fz="xs" c="dimmed">{permission.about}</Text>
              </th>
              {roles.map((role) => (
                <td key={role.id}>
                  {role.permissions.includes(permission.name)
                    ? <IconCheck size={17} className={styles.yes} aria-label={`${role.name} may`} />
                    : <span className={styles.no} aria-label={`${role.name} may not`} role="img">–</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
