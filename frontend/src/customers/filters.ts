// Filters as chips: what can be asked is drawn from the declared fields; the chips stand in the address and become `where`.
import type { Json, VariablesOf } from "../graphql.ts";
import { plainDate } from "../ui/values.tsx";
import { type Field, type FieldType, oneOf } from "./fields.ts";
import { consentText, isConsent } from "./consent-chips.ts";
import { enumWord } from "./words.ts";
import type { CountQuery } from "./list-count.tsx";

export type Where = NonNullable<VariablesOf<typeof CountQuery>["where"]>;

/** A filter that is on: ["addresses.countryCode", "in", ["NL"]]. */
export type Chip = [path: string, operator: string, value: Json];

/** Something that can be asked about: a field, or a part of a list's items. */
export interface Target {
  path: string;
  label: string;
  /** CONSENT is no field: what a person agreed to is asked about in a form of its own. */
  type: FieldType | "CONSENT";
  operators: readonly string[];
  options: readonly string[];
}

/** Everything that can be filtered by, in the order of the declaration. */
export function targetsOf(fields: readonly Field[]): Target[] {
  return fields.flatMap((field) => {
    const own = field.operators.filter((operator) => operator !== "any");
    const target = { path: field.name, label: field.label, type: field.type, operators: own, options: field.options };
    const parts = field.operators.includes("any") ? field.items.filter((part) => part.operators.length > 0) : [];
    return [
      ...parts.map((part) => ({
        path: `${field.name}.${part.name}`,
        label: `${oneOf(field)} ${part.label.toLowerCase()}`,
        type: part.type, operators: part.operators, options: part.options,
      })),
      ...(own.length > 0 ? [target] : []),
    ];
  });
}

const WORDS: Record<string, string> = {
  eq: "is", neq: "is not", in: "is any of", nin: "is none of", startsWith: "starts with", hasWord: "has a word that starts with",
  lt: "is below", lte: "is at most", gt: "is above", gte: "is at least",
  withinDays: "in the last days", olderThanDays: "more days ago than",
  hasAny: "has any of", hasAll: "has all of", hasNone: "has none of",
};
const DATE_WORDS: Record<string, string> = { eq: "is on", lt: "is before", lte: "is on or before", gt: "is after", gte: "is on or after" };
// "At 14:02" is a question that nobody asks of a moment: days are enough.
const NOT_OFFERED: Partial<Record<Target["type"], readonly string[]>> = { DATETIME: ["lte", "gt"] };

const isDay = (type: Target["type"]) => type === "DATE" || type === "DATETIME";

/** A choice in a chip's editor: an operator, or its answer where the operator is a question by itself. */
export interface Operator {
  id: string;
  label: string;
}

/** The operators of a target; "is set" is two of them. */
export function operatorsOf(target: Target): Operator[] {
  return target.operators.filter((one) => !NOT_OFFERED[target.type]?.includes(one)).flatMap((one): Operator[] =>
    one === "isSet"
      ? [{ id: "isSet", label: "is known" }, { id: "isUnset", label: "is missing" }]
      : [{ id: one, label: (isDay(target.type) ? DATE_WORDS[one] : undefined) ?? WORDS[one] ?? one }],
  );
}

/** Whether an operator takes several values. */
export const takesMany = (operator: string) => ["in", "nin", "hasAny", "hasAll", "hasNone"].includes(operator);

/** What a chip says after its label. */
export function chipText([, operator, value]: Chip, target: Target): string {
  if (target.type === "CONSENT") return consentText(value);
  if (operator === "isSet") return value === false ? "is missing" : "is known";
  if (operator === "withinDays") return `in the last ${String(value)} d`;
  if (operator === "olderThanDays") return `> ${String(value)} d ago`;
  const said = (Array.isArray(value) ? value : [value]).map((one) => valueText(one, target));
  const many = said.length > 3 ? `${said.slice(0, 3).join(", ")} +${said.length - 3}` : said.join(", ");
  if (["eq", "in", "hasAny"].includes(operator)) return many;
  const word = (isDay(target.type) ? DATE_WORDS[operator] : undefined) ?? WORDS[operator] ?? operator;
  return `${word.replace(/^(is|has) /, "")} ${many}`;
}

function valueText(value: Json, target: Target): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" && target.type === "ENUM") return enumWord(value);
  if (typeof value === "string" && isDay(target.type)) return plainDate(value);
  return String(value);
}

/** The tree that the API takes; chips stand beside each other by AND. What no field knows is left out. */
export function whereOf(chips: readonly Chip[], targets: readonly Target[]): Where | null {
  const leaves = chips.flatMap((chip) => {
    const target = targets.find((one) => one.path === chip[0]);
    if (!target?.operators.includes(chip[1]) || (target.type === "CONSENT" && !isConsent(chip[2]))) return [];
    return [leafOf(chip, target)];
  });
  // The parts were checked against the declaration that the schema is made of.
  if (leaves.length === 0) return null;
  return (leaves.length === 1 ? leaves[0] : { AND: leaves }) as Where;
}

function leafOf([path, operator, value]: Chip, target: Target): Json {
  if (target.type === "CONSENT") return { [path]: value };
  const asked = { [operator]: target.type === "DATETIME" ? momentOf(value) : value };
  const [name = "", part] = path.split(".");
  return { [name]: part === undefined ? asked : { any: { [part]: asked } } };
}

/** A day as the moment it begins where the reader is; other values stay. */
function momentOf(value: Json): Json {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00`).toISOString() : value;
}

/** Reads chips out of an address; what has not their form is dropped. */
export function readChips(raw: unknown): Chip[] {
  if (!Array.isArray(raw)) return [];
  return raw.filter((one): one is Chip =>
    Array.isArray(one) && one.length === 3 && typeof one[0] === "string" && typeof one[1] === "string" && one[2] !== undefined && one[2] !== null);
}
