// Which columns are offered together. The id is always among them: by it an import finds the same customers again.
import type { ExportColumn } from "./queries.ts";

export type Preset = "table" | "contact" | "all";

const CONTACT = [
  "id", "display_name", "given_name", "family_name", "emails.address", "phones.number",
  "addresses.street", "addresses.house_number", "addresses.extra", "addresses.postal_code", "addresses.city", "addresses.region", "addresses.country_code",
];
// Of a list the table shows one part; the file has that part of all items.
const SHOWN: Record<string, readonly string[]> = {
  emails: ["emails.address"], phones: ["phones.number"], addresses: ["addresses.city", "addresses.country_code"], bank_accounts: ["bank_accounts.iban"],
  social_accounts: ["social_accounts.provider", "social_accounts.handle"], push_tokens: ["push_tokens.token"],
};

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The columns of a preset that the viewer may export, in the order of the declaration. */
export function presetColumns(preset: Preset, columns: readonly ExportColumn[], shown: readonly string[]): string[] {
  const wanted = preset === "contact" ? CONTACT : ["id", "display_name", ...shown.flatMap((name) => SHOWN[snake(name)] ?? [snake(name)])];
  return columns.filter(({ path, allowed }) => allowed && (preset === "all" || wanted.includes(path))).map(({ path }) => path);
}
