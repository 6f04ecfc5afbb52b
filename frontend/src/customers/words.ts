// How values of declared types are said.
import type { Json } from "../graphql.ts";
import { exactTime, formatNumber, plainDate } from "../ui/values.tsx";
import { camel, type Field, type FieldType } from "./fields.ts";

type Item = Record<string, Json | undefined>;

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });
const countries = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });

function named(names: Intl.DisplayNames, code: string): string | undefined {
  try {
    return names.of(code);
  } catch {
    // What is no code at all has no name.
    return undefined;
  }
}

/** "nl-NL" -> "Dutch (Netherlands)". */
export const languageName = (tag: string) => named(languages, tag) ?? tag;
/** "NL" -> "Netherlands". */
export const countryName = (code: string) => named(countries, code) ?? code;

/** "FEMALE" -> "Female", "B2B_BUYER" -> "B2b buyer". */
export function enumWord(option: string): string {
  const words = option.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whole years since a day. */
export function ageOf(day: string, today = new Date()): number {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < date);
  return today.getFullYear() - year - (before ? 1 : 0);
}

/** A scalar of a declared field as people read it; undefined where there is none. */
export function scalarText(field: { type: FieldType; name: string }, value: Json | undefined): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value !== "string") return JSON.stringify(value);
  if (field.type === "ENUM") return enumWord(value);
  if (field.type === "DATE") return plainDate(value);
  if (field.type === "DATETIME") return exactTime(value);
  if (field.name === "locale") return `${languageName(value)} · ${value}`;
  return value;
}

const text = (value: Json | undefined) => (typeof value === "string" && value !== "" ? value : undefined);

/** "Keizersgracht 1, 1016 AB Amsterdam, Netherlands". */
export function addressText(address: Item): string {
  const street = [text(address["street"]), text(address["houseNumber"])].filter(Boolean).join(" ");
  const town = [text(address["postalCode"]), text(address["city"])].filter(Boolean).join(" ");
  const country = text(address["countryCode"]);
  return [street, text(address["extra"]), town, text(address["region"]), country && countryName(country)].filter(Boolean).join(", ");
}

/** One item of a list in one line. */
export function itemText(type: FieldType, item: Item): string {
  switch (type) {
    case "EMAILS": return text(item["address"]) ?? "";
    case "PHONES": return text(item["number"]) ?? "";
    case "ADDRESSES": return addressText(item);
    case "BANK_ACCOUNTS": return [text(item["iban"]), text(item["holder"])].filter(Boolean).join(" · ");
    case "SOCIAL_ACCOUNTS": return [text(item["provider"]), text(item["handle"])].filter(Boolean).join(" · ");
    default: return JSON.stringify(item);
  }
}

/** The primary item of a list, else its first. */
export function primaryOf<One extends { primary?: boolean | null }>(items: readonly One[] | null | undefined): One | undefined {
  return items?.find((item) => item.primary) ?? items?.[0];
}

/** A value out of the history, whose items are written with the declared names (house_number). */
export function historyText(field: Field | undefined, value: Json | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "object" && !Array.isArray(value)) return itemText(field?.type ?? "TEXT", camelItem(value));
  return field ? scalarText(field, value) : String(value);
}

/** An item of the history with the names that GraphQL gives its parts. */
export function camelItem(item: Record<string, Json | undefined>): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [camel(name), value]));
}
