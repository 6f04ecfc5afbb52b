import { Kbd, Modal, Table, Text } from "@mantine/core";
import { useState } from "react";
import { activeShortcuts } from "../ui/shortcuts.ts";

const NAMES: Record<string, string> = { Escape: "Esc", " ": "Space", mod: navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl" };

/** The keys that do something on this page. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const [shortcuts] = useState(activeShortcuts);
  const rows = [{ keys: "mod+k", label: "Search customers, pages and actions" }, ...shortcuts];
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>Keyboard shortcuts</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Table fz="sm" withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {rows.map(({ keys, label }) => (
            <Table.Tr key={keys}>
              <Table.Td w={110}>
                {keys.split("+").map((key) => <Kbd key={key} size="xs" mr={4}>{NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)}</Kbd>)}
              </Table.Td>
              <Table.Td>{label}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
