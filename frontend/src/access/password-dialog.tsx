import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";

const PasswordChange = graphql(`
  mutation PasswordChange($input: PasswordChangeInput!) {
    passwordChange(input: $input) { applied errors { code message path } }
  }
`);

/** Changes the signed-in person's own password. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [{ data, fetching }, change] = useMutation(PasswordChange);
  const errors = fetching ? [] : data?.passwordChange.errors ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await change({ input: { current, new: wanted } });
    if (answer.error) toastError(answer.error, "Your password is what it was.");
    if (!answer.data?.passwordChange.applied) return;
    toast("Password changed");
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Change password</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <FormErrors errors={errorsElsewhere(errors, ["current", "new"])} />
          <PasswordInput label="Current password" autoComplete="current-password" value={current} data-autofocus
            error={errorAt(errors, "current")} onChange={(event) => setCurrent(event.currentTarget.value)} />
          <PasswordInput label="New password" autoComplete="new-password" value={wanted}
            error={errorAt(errors, "new")} onChange={(event) => setWanted(event.currentTarget.value)} />
          <Group justify="flex-end" gap="sm" mt="sm">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={fetching} disabled={!current || !wanted}>Change password</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
