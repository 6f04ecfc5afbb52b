import type { Json } from "../graphql.ts";
import { plainDate } from "../ui/values.tsx";

// Fields whose values are names of the schema: FEMALE reads as Female.
const NAMED = new Set(["gender"]);

/** The value at a path as one line of text. */
export function textAt(path: string, value: Json | undefined): string | undefined {
  const text = valueText(value);
  return text && NAMED.has(path) ? text.charAt(0) + text.slice(1).toLowerCase() : text;
}

/** A value of a profile as one line of text: a word, a date, or an item of a list. Undefined where there is none. */
export function valueText(value: Json | undefined): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return /^\d{4}-\d{2}-\d{2}$/.test(value) ? plainDate(value) : value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return joined(value.map(valueText), ", ");
  return itemText(value);
}

// What names an item, best first; what is not among these (its id, marks, a second spelling) is not shown.
const NAMES = ["address", "number", "iban", "handle", "word", "name"];
const PLACE: string[][] = [["street", "house_number", "houseNumber", "extra"], ["postal_code", "postalCode", "city"], ["region"], ["country_code", "countryCode"]];

function itemText(item: { [key: string]: Json }): string | undefined {
  const name = NAMES.map((key) => item[key]).find((one) => typeof one === "string");
  const place = joined(PLACE.map((keys) => joined(keys.map((key) => valueText(item[key])), " ")), ", ");
  const more = joined([item["provider"], item["holder"], item["label"]].map(valueText), ", ");
  const main = name === undefined ? place : valueText(name);
  return main && more ? `${main} (${more})` : main ?? more;
}

function joined(parts: readonly (string | undefined)[], by: string): string | undefined {
  return parts.filter(Boolean).join(by) || undefined;
}
