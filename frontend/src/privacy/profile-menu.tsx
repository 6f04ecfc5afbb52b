import { Menu } from "@mantine/core";
import { IconEraser, IconGavel, IconEyeOff } from "@tabler/icons-react";
import { useCan } from "../ui/session.tsx";
import { useCustomerPrivacy } from "./use-customer-privacy.ts";

export type PrivacyDialog = "anonymize" | "erase" | "hold" | "lift";

/** The lines of a profile's menu that are about keeping and letting go. */
export function PrivacyMenu({ id, onOpen }: { id: string; onOpen: (dialog: PrivacyDialog) => void }) {
  const can = useCan();
  const customer = useCustomerPrivacy(id);
  return (
    <>
      {can("customer.hold") && (customer?.hold
        ? <Menu.Item leftSection={<IconGavel size={15} />} onClick={() => onOpen("lift")}>Lift hold…</Menu.Item>
        : <Menu.Item leftSection={<IconGavel size={15} />} onClick={() => onOpen("hold")}>Put on hold…</Menu.Item>)}
      {can("customer.anonymize") && !customer?.anonymizedAt && <Menu.Item leftSection={<IconEyeOff size={15} />} onClick={() => onOpen("anonymize")}>Anonymize…</Menu.Item>}
      {can("customer.erase") && <Menu.Item c="var(--bad)" leftSection={<IconEraser size={15} />} onClick={() => onOpen("erase")}>Erase…</Menu.Item>}
    </>
  );
}
