import {
  IconFileImport, IconFileText, IconKey, IconListDetails, IconMail, IconPlayerPlay, IconShieldCheck, IconTarget, IconTrash, IconUserCog, IconUsers, IconWebhook, type TablerIcon,
} from "@tabler/icons-react";

export interface Place {
  label: string;
  to: "/customers" | "/imports" | "/runs" | "/trash" | "/settings/users" | "/settings/roles" | "/settings/keys" | "/settings/lists" | "/settings/terms" | "/settings/purposes" | "/outbox" | "/settings/webhooks";
  icon: TablerIcon;
  /** Who lacks it does not see the line. */
  permission: string;
  group?: "Settings";
}

/** The side bar, top to bottom. */
export const places: readonly Place[] = [
  { label: "Customers", to: "/customers", icon: IconUsers, permission: "customer.read" },
  { label: "Imports", to: "/imports", icon: IconFileImport, permission: "import.run" },
  { label: "Runs", to: "/runs", icon: IconPlayerPlay, permission: "run.read" },
  { label: "Trash", to: "/trash", icon: IconTrash, permission: "customer.delete" },
  { label: "Users", to: "/settings/users", icon: IconUserCog, permission: "settings.users", group: "Settings" },
  { label: "Roles", to: "/settings/roles", icon: IconShieldCheck, permission: "settings.users", group: "Settings" },
  { label: "API keys", to: "/settings/keys", icon: IconKey, permission: "settings.keys", group: "Settings" },
  { label: "Lists", to: "/settings/lists", icon: IconListDetails, permission: "settings.consent", group: "Settings" },
  { label: "Terms", to: "/settings/terms", icon: IconFileText, permission: "settings.consent", group: "Settings" },
  { label: "Purposes", to: "/settings/purposes", icon: IconTarget, permission: "settings.consent", group: "Settings" },
  { label: "Webhooks", to: "/settings/webhooks", icon: IconWebhook, permission: "settings.webhooks", group: "Settings" },
  { label: "Outbox", to: "/outbox", icon: IconMail, permission: "settings.mail", group: "Settings" },
];
