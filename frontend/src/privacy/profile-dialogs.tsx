import { AnonymizeDialog } from "./anonymize-dialog.tsx";
import { EraseDialog } from "./erase-dialog.tsx";
import { HeldDialog } from "./held-dialog.tsx";
import { HoldDialog, HoldLiftDialog } from "./hold-dialog.tsx";
import type { PrivacyDialog } from "./profile-menu.tsx";
import { useCustomerPrivacy } from "./use-customer-privacy.ts";

interface ProfileDialogsProps {
  dialog: PrivacyDialog;
  id: string;
  name: string;
  onClose: () => void;
}

/** The dialog that a line of the profile's menu opens; a hold that is in the way is said instead of asking. */
export function ProfileDialogs({ dialog, ...props }: ProfileDialogsProps) {
  const customer = useCustomerPrivacy(props.id);
  if (!customer) return null;
  const { hold } = customer;
  if (dialog === "hold") return <HoldDialog {...props} />;
  if (dialog === "lift") return hold ? <HoldLiftDialog {...props} hold={hold} /> : null;
  if (hold) return <HeldDialog act={dialog === "erase" ? "ERASE" : "ANONYMIZE"} name={props.name} hold={hold} onClose={props.onClose} />;
  return dialog === "erase" ? <EraseDialog {...props} /> : <AnonymizeDialog {...props} />;
}
