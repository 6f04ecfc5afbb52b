import { Menu } from "@mantine/core";
import { IconEraser, IconEyeOff } from "@tabler/icons-react";
import { useCan } from "../ui/session.tsx";
import type { Act } from "./queries.ts";

/** The lines of the list's menu that are about all who match. */
export function ListMenu({ narrowed, onOpen }: { narrowed: boolean; onOpen: (act: Act) => void }) {
  const can = useCan();
  const whom = narrowed ? "all that match…" : "all customers…";
  return (
    <>
      {can("customer.anonymize") && <Menu.Item leftSection={<IconEyeOff size={15} />} onClick={() => onOpen("ANONYMIZE")}>Anonymize {whom}</Menu.Item>}
      {can("customer.erase") && <Menu.Item c="var(--bad)" leftSection={<IconEraser size={15} />} onClick={() => onOpen("ERASE")}>Erase {whom}</Menu.Item>}
    </>
  );
}
