import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { failureOf } from "../ui/errors.ts";
import { TextLink } from "../ui/links.tsx";
import { FormErrors } from "../ui/states.tsx";
import { Entrance } from "./entrance.tsx";

const PasswordLinkSend = graphql(`
  mutation PasswordLinkSend($input: PasswordLinkSendInput!) {
    passwordLinkSend(input: $input) { applied errors { code message path } }
  }
`);

/** Asks for a link by mail. The answer is the same whether or not somebody has that address. */
export function ForgottenPasswordPage() {
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const [{ data, error, fetching }, send] = useMutation(PasswordLinkSend);
  const errors = error ? [{ code: "FAILED", message: failureOf(error).message }] : data?.passwordLinkSend.errors ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await send({ input: { email: email.trim() } });
    setSent(answer.data?.passwordLinkSend.errors.length === 0);
  };
  return (
    <Entrance title="Forgotten password">
      {sent ? (
        <Text fz="sm" role="status">If a user has the address {email.trim()}, a link to set a new password is on its way there. It works for a limited time, once.</Text>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <FormErrors errors={fetching ? [] : errors} />
            <TextInput label="Email" type="email" autoComplete="username" required withAsterisk={false} value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
            <Button type="submit" size="sm" loading={fetching}>Send me a link</Button>
          </Stack>
        </form>
      )}
      <Text ta="center" mt="lg" fz="sm"><TextLink to="/">Back to sign-in</TextLink></Text>
    </Entrance>
  );
}
