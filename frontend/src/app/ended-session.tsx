import { Modal, Stack, Text } from "@mantine/core";
import { SignInForm } from "../access/sign-in-form.tsx";
import type { Viewer } from "../ui/session.tsx";

/** The sign-in on top of the page that was open: what was typed there stays. Somebody else starts on a fresh page. */
export function EndedSession({ viewer, onSignedIn }: { viewer: Viewer; onSignedIn: () => void }) {
  const entered = (id: string) => {
    if (id === viewer.id) onSignedIn();
    else window.location.assign("/");
  };
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false}
      title={<Text fw={600}>Your session has ended</Text>}>
      <Stack gap="lg">
        <Text fz="sm" c="dimmed">Sign in again to go on. Nothing on this page is lost.</Text>
        <SignInForm email={viewer.email ?? ""} onSignedIn={entered} />
      </Stack>
    </Modal>
  );
}
