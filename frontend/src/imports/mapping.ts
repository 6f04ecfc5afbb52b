// What somebody chose for the columns of a file, on top of what was proposed. It lives in the address, so that it can be left and found.
import type { ResultOf, VariablesOf } from "../graphql.ts";
import type { ImportPlan, ImportPreviewQuery, ImportTargetsQuery } from "./queries.ts";

export type Column = ResultOf<typeof ImportPreviewQuery>["importPreview"]["columns"][number];
export type Target = ResultOf<typeof ImportTargetsQuery>["importTargets"][number];
export type Rule = Column["rule"];
type ColumnInput = NonNullable<VariablesOf<typeof ImportPlan>["input"]["columns"]>[number];

/** Column index -> [field, rule]; only columns that differ from the proposal. */
export type Chosen = Record<string, [target: string | null, rule: Rule]>;

const RULES = new Set<unknown>(["FILL_EMPTY", "OVERWRITE", "APPEND", "IGNORE"] satisfies Rule[]);

/** Reads the choices from an address; what makes no sense is left out. */
export function readChosen(value: unknown): Chosen {
  const chosen: Chosen = {};
  if (typeof value !== "object" || value === null) return chosen;
  for (const [index, pair] of Object.entries(value)) {
    if (!/^\d+$/.test(index) || !Array.isArray(pair)) continue;
    const [target, rule] = pair as unknown[];
    if ((target === null || typeof target === "string") && RULES.has(rule)) chosen[index] = [target, rule as Rule];
  }
  return chosen;
}

/** The columns as they will be planned. What a person chose is certain. */
export function mapped(columns: readonly Column[], chosen: Chosen): Column[] {
  return columns.map((column) => {
    const choice = chosen[column.index];
    return choice ? { ...column, target: choice[0], rule: choice[1], certain: true } : column;
  });
}

/** Sends a column to another field, with the first rule that the field allows; null ignores it. */
export function sendTo(chosen: Chosen, column: Column, target: Target | null): Chosen {
  return { ...chosen, [column.index]: target ? [target.path, target.rules[0] ?? "FILL_EMPTY"] : [null, "IGNORE"] };
}

/** Gives a column another rule; ignoring one keeps no field. */
export function ruleTo(chosen: Chosen, column: Column, rule: Rule): Chosen {
  return { ...chosen, [column.index]: rule === "IGNORE" ? [null, "IGNORE"] : [column.target, rule] };
}

/** Whether the cells of a column are read. */
export function isUsed(column: Pick<Column, "target" | "rule">): boolean {
  return column.target !== null && column.rule !== "IGNORE";
}

/** Headers of the columns that go nowhere. */
export function unmapped(columns: readonly Column[]): string[] {
  return columns.filter((column) => !isUsed(column)).map(nameOf);
}

/** Columns whose field was guessed. */
export function doubtful(columns: readonly Column[]): Column[] {
  return columns.filter((column) => isUsed(column) && !column.certain);
}

/** What a column is called, also one whose title is empty. */
export function nameOf(column: Pick<Column, "header" | "index">): string {
  return column.header || `Column ${column.index + 1}`;
}

/** All columns as `importPlan` wants them, the ignored ones too. */
export function planned(columns: readonly Column[]): ColumnInput[] {
  return columns.map(({ index, target, rule }) => ({ index, target, rule }));
}

/** The choices that turn the proposal for a file into these columns: how an earlier plan is taken up again. */
export function differing(columns: readonly Pick<Column, "index" | "target" | "rule">[]): Chosen {
  return Object.fromEntries(columns.map(({ index, target, rule }) => [index, [target, rule]]));
}
