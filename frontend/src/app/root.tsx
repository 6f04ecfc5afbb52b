import { Button, Center, Code, MantineProvider, Stack, Text } from "@mantine/core";
import { type ErrorComponentProps, Outlet } from "@tanstack/react-router";
import { Provider } from "urql";
import { ButtonLink } from "../ui/links.tsx";
import { theme, variables } from "../ui/theme.ts";
import { ToastHost } from "../ui/toast.tsx";
import { client } from "./client.ts";

/** What every page needs: look, toasts, the connection. */
export function Root() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <ToastHost />
      <Provider value={client}>
        <Outlet />
      </Provider>
    </MantineProvider>
  );
}

/** An address that leads nowhere. */
export function Missed() {
  return (
    <Center component="main" mih={320} p="lg">
      <Stack align="center" gap="sm">
        <Text fw={600} component="h1" fz="xl">There is nothing at this address</Text>
        <Text c="dimmed" fz="sm">It may have been moved, or the link may be cut off.</Text>
        <ButtonLink to="/customers" variant="default" mt="sm">Go to the customers</ButtonLink>
      </Stack>
    </Center>
  );
}

/** A page that broke while it was drawn, or whose code could not be fetched. */
export function Torn({ error }: ErrorComponentProps) {
  const message = error instanceof Error ? error.message : String(error);
  const stale = /dynamically imported module|preload CSS/i.test(message);
  return (
    <Center component="main" mih={320} p="lg">
      <Stack align="center" gap="sm" maw={480} ta="center" role="alert">
        <Text fw={600} component="h1" fz="xl">{stale ? "The page could not be fetched" : "This page broke"}</Text>
        <Text c="dimmed" fz="sm">
          {stale ? "The connection was lost, or the app was updated. What you saved is safe." : "What you saved is safe. Reload to go on; quote the line below when you report it."}
        </Text>
        {!stale && <Code>{message}</Code>}
        <Button mt="sm" onClick={() => window.location.reload()}>Reload</Button>
      </Stack>
    </Center>
  );
}
