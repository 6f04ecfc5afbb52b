import "@mantine/notifications/styles.layer.css";
import { Button, Group, Text } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { IconCheck, IconX } from "@tabler/icons-react";

export interface ToastOptions {
  id?: string;
  title?: string;
  message: string;
  bad?: boolean;
  onUndo?: () => unknown;
  onClose?: () => void;
}

const SHORT_MS = 4000;
const LONG_MS = 10_000;

/** Where toasts stand: at the bottom left, away from the actions at the top and right. */
export function Toasts() {
  return <Notifications position="bottom-left" limit={4} />;
}

/** Draws a toast. */
export function showToast({ id, title, message, bad, onUndo, onClose }: ToastOptions): void {
  notifications.show({
    ...(id !== undefined && { id }),
    ...(onClose && { onClose }),
    title,
    color: bad ? "red" : "accent",
    icon: bad ? <IconX size={16} /> : <IconCheck size={16} />,
    autoClose: bad || onUndo ? LONG_MS : SHORT_MS,
    closeButtonProps: { "aria-label": "Close" },
    message: onUndo ? (
      <Group gap="md" justify="space-between" wrap="nowrap">
        <Text fz="sm">{message}</Text>
        <Button size="compact-sm" variant="subtle" onClick={onUndo}>Undo</Button>
      </Group>
    ) : message,
  });
}

/** Takes a toast away before its time. */
export function hideToast(id: string): void {
  notifications.hide(id);
}
