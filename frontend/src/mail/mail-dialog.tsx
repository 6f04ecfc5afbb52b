import { Anchor, Group, Modal, Stack, Text } from "@mantine/core";
import { Fragment } from "react";
import { Notice } from "../ui/notice.tsx";
import { exactTime } from "../ui/values.tsx";
import { type Mail, MailStatus } from "./outbox.tsx";

/** A mail as it was written. */
export function MailDialog({ mail, onClose }: { mail: Mail; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} size={640} title={<Text fw={600}>{mail.subject}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="md">
        <Group justify="space-between" gap="sm">
          <Text fz="sm" c="dimmed">To {mail.to} · {exactTime(mail.at)}</Text>
          <Text fz="sm" component="div"><MailStatus mail={mail} /></Text>
        </Group>
        {mail.error && <Notice tone="bad">{mail.error}</Notice>}
        <Text fz="sm" component="div" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", borderTop: "1px solid var(--hairline)", paddingTop: 12 }}>
          <Linked text={mail.text} />
        </Text>
      </Stack>
    </Modal>
  );
}

/** Makes links into this app clickable; anything else stays text. */
function Linked({ text }: { text: string }) {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/);
  return parts.map((part, index) => {
    const own = index % 2 === 1 && part.startsWith(`${window.location.origin}/`);
    // The parts of a text that never changes are told apart by their place.
    // oxlint-disable-next-line react/no-array-index-key
    return <Fragment key={index}>{own ? <Anchor href={part}>{part}</Anchor> : part}</Fragment>;
  });
}
