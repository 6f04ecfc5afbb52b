import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { failureOf } from "../ui/errors.ts";
import { ButtonLink, TextLink } from "../ui/links.tsx";
import { FormErrors } from "../ui/states.tsx";
import { Entrance } from "./entrance.tsx";

const PasswordSet = graphql(`
  mutation PasswordSet($input: PasswordSetInput!) {
    passwordSet(input: $input) { applied errors { code message path } }
  }
`);

/** Takes the token out of `/set-password#token=...`; behind `#` it reaches no server and no log. It leaves the address too. */
function takeToken(): string {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token") ?? "";
  if (token) window.history.replaceState(window.history.state, "", window.location.pathname);
  return token;
}

/** Where the link of the mail leads: a new password, once. */
export function SetPasswordPage() {
  const [token] = useState(takeToken);
  const [password, setPassword] = useState("");
  const [{ data, error, fetching }, set] = useMutation(PasswordSet);
  const errors = error ? [{ code: "FAILED", message: failureOf(error).message }] : data?.passwordSet.errors ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void set({ input: { token, password } });
  };
  if (data?.passwordSet.applied) {
    return (
      <Entrance title="Password set">
        <Text fz="sm" mb="lg" role="status">Your new password is set. Sign in with it to go on.</Text>
        <ButtonLink to="/" size="sm" fullWidth>Sign in</ButtonLink>
      </Entrance>
    );
  }
  return (
    <Entrance title="Set your password">
      {token ? (
        <form onSubmit={submit}>
          <Stack gap="md">
            <FormErrors errors={fetching ? [] : errors} />
            <PasswordInput label="New password" description="At least 12 characters; a few words in a row are easy to keep in mind." autoComplete="new-password"
              required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
            <Button type="submit" size="sm" loading={fetching}>Set password</Button>
          </Stack>
        </form>
      ) : <Text fz="sm">This link is not whole. Open it from the mail again, or ask for a new one.</Text>}
      <Text ta="center" mt="lg" fz="sm"><TextLink to="/forgotten-password">Ask for a new link</TextLink></Text>
    </Entrance>
  );
}
