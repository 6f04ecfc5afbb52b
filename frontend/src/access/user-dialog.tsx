import { Button, Checkbox, Group, Modal, Stack, Switch, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation, useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { useViewer } from "../ui/session.tsx";
import { FormErrors, TextSkeleton } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { RolesQuery, type UserRow } from "./queries.ts";

const UserCreate = graphql(`
  mutation UserCreate($input: UserCreateInput!) {
    userCreate(input: $input) { user { id name } applied errors { code message path } }
  }
`);
const UserUpdate = graphql(`
  mutation UserUpdate($id: ID!, $input: UserUpdateInput!) {
    userUpdate(id: $id, input: $input) { user { id name active roles { id name } } applied errors { code message path } }
  }
`);
const LinkSend = graphql(`
  mutation UserLinkSend($input: PasswordLinkSendInput!) {
    passwordLinkSend(input: $input) { applied errors { code message path } }
  }
`);

/** A new user, or the name, roles and state of one. */
export function UserDialog({ user, onClose }: { user: UserRow | undefined; onClose: () => void }) {
  const viewer = useViewer();
  const [name, setName] = useState(user?.name ?? "");
  const [email, setEmail] = useState(user?.email ?? "");
  const [roleIds, setRoleIds] = useState(() => user?.roles.map((role) => role.id) ?? []);
  const [active, setActive] = useState(user?.active ?? true);
  const [{ data: known }] = useQuery({ query: RolesQuery });
  const [created, create] = useMutation(UserCreate);
  const [updated, update] = useMutation(UserUpdate);
  const [, sendLink] = useMutation(LinkSend);
  const busy = created.fetching || updated.fetching;
  const errors = busy ? [] : created.data?.userCreate.errors ?? updated.data?.userUpdate.errors ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = user ? await update({ id: user.id, input: { name, roleIds, active } }) : await create({ input: { name, email: email.trim(), roleIds } });
    if (answer.error) toastError(answer.error);
    const payload = answer.data && ("userUpdate" in answer.data ? answer.data.userUpdate : answer.data.userCreate);
    if (!payload?.applied) return;
    toast(user ? `${name} saved` : `${name} added; a link to set a password is on its way to ${email.trim()}`);
    onClose();
  };
  const send = async () => {
    const answer = await sendLink({ input: { email } });
    if (answer.error) toastError(answer.error, "No link was sent.");
    else toast(`A link to set a password is on its way to ${email}`);
  };
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>{user ? user.name : "New user"}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack gap="lg">
          <FormErrors errors={errorsElsewhere(errors, ["name", "email", "role_ids"])} />
          <TextInput label="Name" required withAsterisk={false} value={name} error={errorAt(errors, "name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
          <TextInput label="Email" type="email" required withAsterisk={false} readOnly={user !== undefined} variant={user ? "filled" : "default"} value={email} error={errorAt(errors, "email")}
            description={user ? "The address stays what it is: it is what this person signs in with." : "A link to set a password is sent there."}
            onChange={(event) => setEmail(event.currentTarget.value)} />
          <Checkbox.Group label="Roles" value={roleIds} onChange={setRoleIds} error={errorAt(errors, "role_ids")}>
            <Stack gap="sm" mt="xs">
              {known ? known.roles.map((role) => <Checkbox key={role.id} value={role.id} label={role.name} description={role.about} />) : <TextSkeleton lines={5} />}
            </Stack>
          </Checkbox.Group>
          {user && (
            <Switch label="May sign in" checked={active} disabled={user.id === viewer.id} onChange={(event) => setActive(event.currentTarget.checked)}
              description={user.id === viewer.id ? "You cannot deactivate yourself." : "Turned off, open sessions end at once; nothing this person did is lost."} />
          )}
          <Group justify="space-between" gap="sm">
            {user?.active ? <Button variant="subtle" color="gray" px="sm" onClick={send}>Send a password link</Button> : <span />}
            <Group gap="sm">
              <Button variant="default" onClick={onClose}>Cancel</Button>
              <Button type="submit" loading={busy}>{user ? "Save" : "Add user"}</Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
