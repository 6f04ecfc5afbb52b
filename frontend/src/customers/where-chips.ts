// The way back: a condition that is stored, as the chips it was made of.
import type { Json } from "../graphql.ts";
import { isConsent } from "./consent-chips.ts";
import type { Chip, Target } from "./filters.ts";

/** The chips of a condition; null when it says more than chips can, as one that a program wrote may. */
export function chipsOf(where: Json | undefined, targets: readonly Target[]): Chip[] | null {
  if (where === null || where === undefined) return [];
  if (!isConsent(where)) return null;
  const all = where["AND"];
  const leaves = Object.keys(where).length === 1 && Array.isArray(all) ? all : [where];
  const chips = leaves.map((leaf) => chipOf(leaf, targets));
  return chips.every((chip) => chip !== null) ? chips : null;
}

function chipOf(leaf: Json, targets: readonly Target[]): Chip | null {
  const [name, asked] = only(leaf) ?? [];
  if (name === undefined || asked === undefined) return null;
  if (targets.some(({ path, type }) => path === name && type === "CONSENT")) return isConsent(asked) ? [name, "is", asked] : null;
  const [operator, value] = only(asked) ?? [];
  if (operator === undefined || value === undefined) return null;
  if (operator === "any") {
    const [part, inner] = only(value) ?? [];
    const [how, what] = (inner !== undefined && only(inner)) || [];
    return how === undefined || what === undefined ? null : known([`${name}.${part}`, how, what], targets);
  }
  return known([name, operator, value], targets);
}

/** The one entry of an object that has one. */
function only(value: Json): [string, Json] | undefined {
  if (!isConsent(value)) return undefined;
  const entries = Object.entries(value);
  const [first] = entries;
  return first && entries.length === 1 ? [first[0], first[1]] : undefined;
}

function known([path, operator, value]: Chip, targets: readonly Target[]): Chip | null {
  const target = targets.find((one) => one.path === path);
  if (!target?.operators.includes(operator)) return null;
  return [path, operator, target.type === "DATETIME" ? dayOf(value) : value];
}

/** A moment at which a day begins where the reader is, as that day: what the editor of a chip takes. */
function dayOf(value: Json): Json {
  if (typeof value !== "string") return value;
  const at = new Date(value);
  if (Number.isNaN(at.getTime()) || at.getHours() + at.getMinutes() + at.getSeconds() > 0) return value;
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}
