import {
  IconAntenna, IconBook2, IconBroadcast, IconChecklist, IconFileExport, IconFileImport, IconFileText, IconKey, IconListDetails, IconMail, IconPlayerPlay, IconPlugConnected, IconShieldCheck, IconTarget,
  IconTrash, IconUserCog, IconUsers, type TablerIcon,
} from "@tabler/icons-react";

export interface Place {
  label: string;
  to: "/customers" | "/imports" | "/exports" | "/runs" | "/trash" | "/settings/users" | "/settings/roles" | "/settings/keys" | "/settings/lists" | "/settings/terms" | "/settings/purposes" | "/outbox"
    | "/privacy/review" | "/privacy/ledger" | "/settings/partners" | "/settings/reachability" | "/settings/webhooks";
  icon: TablerIcon;
  /** Who lacks it does not see the line. */
  permission: string;
  group?: "Privacy" | "Settings";
}

/** The side bar, top to bottom. */
export const places: readonly Place[] = [
  { label: "Customers", to: "/customers", icon: IconUsers, permission: "customer.read" },
  { label: "Imports", to: "/imports", icon: IconFileImport, permission: "import.run" },
  { label: "Exports", to: "/exports", icon: IconFileExport, permission: "customer.export.bulk" },
  { label: "Runs", to: "/runs", icon: IconPlayerPlay, permission: "run.read" },
  { label: "Trash", to: "/trash", icon: IconTrash, permission: "customer.delete" },
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
