// What the address of the customer list holds.
import { type Chip, readChips } from "./filters.ts";

export const SORTS = ["NAME", "CREATED", "UPDATED", "LAST_SEEN"] as const;
export type SortField = (typeof SORTS)[number];
export const SIZES = [25, 50, 100] as const;

export interface ListSearch {
  /** What is searched for. */
  q?: string;
  where?: Chip[];
  /** Newest first, unless it says otherwise. */
  sort?: SortField;
  direction?: "ASC" | "DESC";
  size?: number;
  after?: string;
  before?: string;
  columns?: string[];
  /** The customer in the side panel. */
  peek?: string;
}

const word = (value: unknown) => {
  // The router reads `?q=42` as a number.
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" ? text : undefined;
};

/** Reads the address; what it cannot read is left out. */
export function readListSearch(raw: Record<string, unknown>): ListSearch {
  const chips = readChips(raw["where"]);
  const sort = SORTS.find((one) => one === raw["sort"]);
  const direction = raw["direction"] === "ASC" ? "ASC" : raw["direction"] === "DESC" ? "DESC" : undefined;
  const size = SIZES.find((one) => one === raw["size"]);
  const columns = Array.isArray(raw["columns"]) ? raw["columns"].filter((one) => typeof one === "string") : undefined;
  const q = word(raw["q"]);
  const after = word(raw["after"]);
  const before = word(raw["before"]);
  const peek = word(raw["peek"]);
  return {
    ...(q && { q }), ...(chips.length > 0 && { where: chips }), ...(sort && { sort }), ...(direction && { direction }),
    ...(size && { size }), ...(after ? { after } : before && { before }), ...(columns && columns.length > 0 && { columns }), ...(peek && { peek }),
  };
}

/** The sort that an address asks for; times begin with the newest. */
export function sortOf({ sort = "CREATED", direction }: ListSearch): { field: SortField; direction: "ASC" | "DESC" } {
  return { field: sort, direction: direction ?? (sort === "NAME" ? "ASC" : "DESC") };
}
