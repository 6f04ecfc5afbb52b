import { type AnyVariables, type DocumentInput, stringifyDocument } from "@urql/core";

/** A query or mutation that a page uses, with the variables it has now. */
export interface Operation {
  /** "The list", where a page has more than one. */
  title?: string;
  // Any document will do: it is printed, never run from here.
  // oxlint-disable-next-line typescript/no-explicit-any
  document: DocumentInput<any, any>;
  variables?: AnyVariables;
}

/** The text of an operation, as a person would write it. */
export function queryText(operation: Operation): string {
  return stringifyDocument(operation.document).replace(/^# .*\n/, "").trim();
}

/** The same request from a shell; the key is left for the reader to fill in. */
export function curlText(operation: Operation, origin: string = window.location.origin): string {
  const body = JSON.stringify({ query: queryText(operation), variables: operation.variables ?? {} });
  return [
    `curl ${origin}/graphql \\`,
    "  -H 'Authorization: Bearer YOUR_API_KEY' \\",
    "  -H 'Content-Type: application/json' \\",
    `  --data-raw '${body.replaceAll("'", String.raw`'\''`)}'`,
  ].join("\n");
}

/** What stands behind `#` in the address of the explorer: it never reaches the server or its logs. */
export function explorerHash(operation: Operation): string {
  return encodeURIComponent(JSON.stringify({ query: queryText(operation), variables: operation.variables ?? {} }));
}
