import type { CombinedError } from "urql";
import { failureOf, type UserError } from "../ui/errors.ts";

/** Why a mutation did nothing; none when it did what was asked. */
export function refusals(error: CombinedError | undefined, payload: { errors: readonly UserError[] } | undefined): readonly UserError[] {
  return error ? [{ code: "FAILED", message: failureOf(error).message }] : payload?.errors ?? [];
}
