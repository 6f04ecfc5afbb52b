import { camel } from "./fields.ts";
import type { UpdateInput } from "./saving.tsx";

interface ListWish {
  add?: readonly unknown[] | null;
  edit?: readonly { id: string }[] | null;
  remove?: readonly string[] | null;
}

/** The same wish without what it says on some paths: "job_title", or "emails.<id>" for one item. */
export function without(input: UpdateInput, paths: readonly string[]): UpdateInput {
  const rest: Record<string, unknown> = { ...input };
  for (const path of paths) {
    const [name = "", key] = path.split(".");
    const field = camel(name);
    if (key === undefined) delete rest[field];
    else rest[field] = withoutItem(rest[field] as ListWish | undefined, key);
  }
  return rest as UpdateInput;
}

/** Tags are named by their word without case and accents. */
const isSame = (one: string, key: string) => one === key || one.localeCompare(key, undefined, { sensitivity: "base" }) === 0;

function withoutItem(wish: ListWish | undefined, key: string): ListWish | undefined {
  if (!wish) return undefined;
  const add = wish.add?.filter((one) => typeof one !== "string" || !isSame(one, key));
  const edit = wish.edit?.filter(({ id }) => id !== key);
  const remove = wish.remove?.filter((id) => !isSame(id, key));
  return { ...(add?.length && { add }), ...(edit?.length && { edit }), ...(remove?.length && { remove }) };
}

/** Whether there is nothing left to save. */
export function isEmpty(input: UpdateInput): boolean {
  return Object.entries(input).every(([name, value]) =>
    value === undefined || ["expectedVersion", "dryRun", "reason", "idempotencyKey"].includes(name)
    || (typeof value === "object" && value !== null && Object.keys(value).length === 0));
}
