import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { failureOf } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";

const SignInMutation = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { viewer { id } errors { code message path } }
  }
`);

/** Email and password; says who came in. */
export function SignInForm({ email: known = "", onSignedIn }: { email?: string; onSignedIn: (viewerId: string) => void }) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [{ data, error, fetching }, signIn] = useMutation(SignInMutation);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await signIn({ input: { email: email.trim(), password } });
    const id = answer.data?.signIn.viewer?.id;
    if (id) onSignedIn(id);
    else setPassword("");
  };
  const refused = error ? [{ code: "FAILED", message: failureOf(error).message }] : data?.signIn.errors ?? [];
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <FormErrors errors={fetching ? [] : refused} />
        <TextInput label="Email" type="email" name="email" autoComplete="username" required withAsterisk={false} value={email}
          onChange={(event) => setEmail(event.currentTarget.value)} data-autofocus={known ? undefined : true} />
        <PasswordInput label="Password" name="password" autoComplete="current-password" required withAsterisk={false} value={password}
          onChange={(event) => setPassword(event.currentTarget.value)} data-autofocus={known ? true : undefined} />
        <Button type="submit" size="sm" loading={fetching}>Sign in</Button>
      </Stack>
    </form>
  );
}
