import {
  IconAntenna, IconBook2, IconBroadcast, IconChecklist, IconEraser, IconFileExport, IconFileImport, IconFileText, IconKey, IconListDetails, IconMail, IconPlayerPlay, IconPlugConnected, IconShieldCheck, IconTarget,
  IconTrash, IconUserCog, IconUsers, type TablerIcon,
} from "@tabler/icons-react";

export interface Place {
  label: string;
  to: "/customers" | "/imports" | "/exports" | "/runs" | "/trash" | "/settings/users" | "/settings/roles" | "/settings/keys" | "/settings/lists" | "/settings/terms" | "/settings/purposes" | "/outbox"
    | "/privacy/erasure" | "/privacy/review" | "/privacy/ledger" | "/settings/partners" | "/settings/reachability" | "/settings/webhooks";
  icon: TablerIcon;
  /** Who lacks it, or all of them, does not see the line. */
  permission: string | readonly string[];
  group?: "Privacy" | "Settings";
}

/** Whether somebody may use a place. */
export const mayUse = (can: (permission: string) => boolean, { permission }: Place) => (typeof permission === "string" ? can(permission) : permission.some(can));

/** The side bar, top to bottom. */
export const places: readonly Place[] = [
  { label: "Customers", to: "/customers", icon: IconUsers, permission: "customer.read" },
  { label: "Imports", to: "/imports", icon: IconFileImport, permission: "import.run" },
  { label: "Exports", to: "/exports", icon: IconFileExport, permission: "customer.export.bulk" },
  { label: "Runs", to: "/runs", icon: IconPlayerPlay, permission: "run.read" },
  { label: "Trash", to: "/trash", icon: IconTrash, permission: "customer.delete" },
  { label: "Erasure & retention", to: "/privacy/erasure", icon: IconEraser, permission: ["customer.anonymize", "customer.erase", "settings.retention", "suppression.lift"], group: "Privacy" },
  { label: "Consent review", to: "/privacy/review", icon: IconChecklist, permission: "consent.review", group: "Privacy" },
  { label: "Ledger", to: "/privacy/ledger", icon: IconBook2, permission: "audit.read", group: "Privacy" },
  { label: "Users", to: "/settings/users", icon: IconUserCog, permission: "settings.users", group: "Settings" },
  { label: "Roles", to: "/settings/roles", icon: IconShieldCheck, permission: "settings.users", group: "Settings" },
  { label: "API keys", to: "/settings/keys", icon: IconKey, permission: "settings.keys", group: "Settings" },
  { label: "Partners", to: "/settings/partners", icon: IconPlugConnected, permission: "settings.keys", group: "Settings" },
  { label: "Lists", to: "/settings/lists", icon: IconListDetails, permission: "settings.consent", group: "Settings" },
  { label: "Terms", to: "/settings/terms", icon: IconFileText, permission: "settings.consent", group: "Settings" },
  { label: "Purposes", to: "/settings/purposes", icon: IconTarget, permission: "settings.consent", group: "Settings" },
  { label: "Reachability", to: "/settings/reachability", icon: IconAntenna, permission: "settings.consent", group: "Settings" },
  { label: "Webhooks", to: "/settings/webhooks", icon: IconBroadcast, permission: "settings.webhooks", group: "Settings" },
  { label: "Outbox", to: "/outbox", icon: IconMail, permission: "settings.mail", group: "Settings" },
];
