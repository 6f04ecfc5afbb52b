import type { CombinedError } from "urql";

/** An expected error, as payloads carry it. */
export interface UserError {
  code: string;
  message: string;
  path?: string[] | null;
}

/** Why a request failed, in words for the person who reads the page. */
export interface Failure {
  kind: "offline" | "forbidden" | "signed-out" | "refused" | "broken";
  message: string;
  permission?: string;
  traceId?: string;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Reads a request's error: no connection, no session, no permission, refused, or broken on the server's side. */
export function failureOf(error: CombinedError): Failure {
  const first = error.graphQLErrors[0];
  const code = first?.extensions["code"];
  if (!first) return { kind: "offline", message: "The server could not be reached." };
  if (code === "UNAUTHENTICATED") return { kind: "signed-out", message: "Your session has ended." };
  if (code === "FORBIDDEN") {
    const permission = text(first.extensions["permission"]);
    return { kind: "forbidden", message: first.message, ...(permission && { permission }) };
  }
  const traceId = text(first.extensions["traceId"]);
  if (code === "INTERNAL") return { kind: "broken", message: "Something went wrong on the server.", ...(traceId && { traceId }) };
  return { kind: "refused", message: first.message, ...(traceId && { traceId }) };
}

/** The message that belongs to a path ("emails.add.0.address"), if there is one; paths are joined by dots. */
export function errorAt(errors: readonly UserError[], path: string): string | undefined {
  return errors.find((error) => (error.path ?? []).join(".") === path)?.message;
}

/** The errors that belong to none of the paths that the form shows beside its fields. */
export function errorsElsewhere(errors: readonly UserError[], shown: readonly string[]): UserError[] {
  return errors.filter((error) => !shown.includes((error.path ?? []).join(".")));
}
