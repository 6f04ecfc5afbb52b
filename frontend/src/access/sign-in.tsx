import { Text } from "@mantine/core";
import { TextLink } from "../ui/links.tsx";
import { Entrance } from "./entrance.tsx";
import { SignInForm } from "./sign-in-form.tsx";

/** What a stranger sees at any address of the app; after it the page of that address opens. */
export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  return (
    <Entrance title="Sign in">
      <SignInForm onSignedIn={onSignedIn} />
      <Text ta="center" mt="lg" fz="sm"><TextLink to="/forgotten-password">Forgot your password?</TextLink></Text>
    </Entrance>
  );
}
