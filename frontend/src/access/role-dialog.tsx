import { Button, Checkbox, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import type { PermissionRow, RoleRow } from "./queries.ts";

const ConfirmDialog = lazy(async () => ({ default: (await import("../ui/confirm.tsx")).ConfirmDialog }));
const RoleCreate = graphql(`
  mutation RoleCreate($input: RoleCreateInput!) {
    roleCreate(input: $input) { role { id name about permissions } applied errors { code message path } }
  }
`);
const RoleUpdate = graphql(`
  mutation RoleUpdate($id: ID!, $input: RoleUpdateInput!) {
    roleUpdate(id: $id, input: $input) { role { id name about permissions } applied errors { code message path } }
  }
`);
const RoleDelete = graphql(`
  mutation RoleDelete($id: ID!, $input: RoleDeleteInput!) {
    roleDelete(id: $id, input: $input) { applied errors { code message path } }
  }
`);

interface RoleDialogProps {
  role: RoleRow | undefined;
  permissions: readonly PermissionRow[];
  onClose: () => void;
}

/** A new role, or what one is called and may do. */
export function RoleDialog({ role, permissions, onClose }: RoleDialogProps) {
  const [name, setName] = useState(role?.name ?? "");
  const [about, setAbout] = useState(role?.about ?? "");
  const [allowed, setAllowed] = useState(role?.permissions ?? []);
  const [deleting, setDeleting] = useState(false);
  const [created, create] = useMutation(RoleCreate);
  const [updated, update] = useMutation(RoleUpdate);
  const busy = created.fetching || updated.fetching;
  const errors = busy ? [] : created.data?.roleCreate.errors ?? updated.data?.roleUpdate.errors ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = { name, about, permissions: allowed };
    const answer = role ? await update({ id: role.id, input }) : await create({ input });
    if (answer.error) toastError(answer.error);
    const payload = answer.data && ("roleUpdate" in answer.data ? answer.data.roleUpdate : answer.data.roleCreate);
    if (!payload?.applied) return;
    toast(`Role ${name} saved`);
    onClose();
  };
  return (
    <>
      <Modal opened={!deleting} onClose={onClose} size={560} title={<Text fw={600}>{role ? role.name : "New role"}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
        <form onSubmit={submit}>
          <Stack gap="lg">
            <FormErrors errors={errorsElsewhere(errors, ["name", "about"])} />
            <TextInput label="Name" required withAsterisk={false} value={name} error={errorAt(errors, "name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
            <Textarea label="What it is for" rows={2} value={about} error={errorAt(errors, "about")} onChange={(event) => setAbout(event.currentTarget.value)} />
            <Checkbox.Group label="May" value={allowed} onChange={setAllowed}>
              <Stack gap="sm" mt="xs">
                {permissions.map((permission) => <Checkbox key={permission.name} value={permission.name} label={permission.name} description={permission.about} />)}
              </Stack>
            </Checkbox.Group>
            <Group justify="space-between" gap="sm">
              {role ? <Button variant="subtle" color="red" px="sm" onClick={() => setDeleting(true)}>Delete</Button> : <span />}
              <Group gap="sm">
                <Button variant="default" onClick={onClose}>Cancel</Button>
                <Button type="submit" loading={busy}>{role ? "Save" : "Create role"}</Button>
              </Group>
            </Group>
          </Stack>
        </form>
      </Modal>
      <Suspense>{role && deleting && <DeleteRole role={role} onClose={() => setDeleting(false)} onDeleted={onClose} />}</Suspense>
    </>
  );
}

function DeleteRole({ role, onClose, onDeleted }: { role: RoleRow; onClose: () => void; onDeleted: () => void }) {
  const [, remove] = useMutation(RoleDelete);
  const act = async () => {
    const { data, error } = await remove({ id: role.id, input: {} });
    if (error) toastError(error);
    else if (data && data.roleDelete.errors.length > 0) toastError(data.roleDelete.errors);
    if (!data?.roleDelete.applied) return false;
    toast(`Role ${role.name} deleted`);
    onDeleted();
    return true;
  };
  return (
    <ConfirmDialog opened onClose={onClose} title={`Delete the role ${role.name}?`} confirm="Delete role" danger onConfirm={act}>
      Users and API keys that hold it lose what only this role allowed. This cannot be undone; the role can be made again.
    </ConfirmDialog>
  );
}
