import { gql, type TypedDocumentNode } from "urql";
import type { Json } from "../graphql.ts";
import type { Field } from "./fields.ts";

export type Item = { id: string; primary?: boolean; label?: string | null } & Record<string, Json | undefined>;

/** A customer with every declared field that the reader may see, by its name in GraphQL. */
export interface Customer {
  id: string;
  displayName: string;
  kind: "KNOWN" | "ANONYMOUS";
  version: number;
  createdAt: string;
  updatedAt: string;
  lastSeenAt: string | null;
  trashedAt: string | null;
  anonymizedAt: string | null;
  tags: string[];
  updatedBy: { name: string; kind: string } | null;
}

type Values = Record<string, Json | undefined>;

export type CustomerDocument = TypedDocumentNode<{ customer: Customer | null }, { id: string }>;

const ALWAYS = ["id", "displayName", "kind", "version", "createdAt", "updatedAt", "lastSeenAt", "trashedAt", "anonymizedAt", "tags"];

/** The query of a profile: it asks for every field of the declaration, so that a new one is shown without a change here. */
export function customerDocument(fields: readonly Field[]): CustomerDocument {
  const lines = fields.filter(({ name }) => !ALWAYS.includes(name)).map((field) => `    ${field.name}${partsOf(field)}`);
  return gql(`query Customer($id: ID!) {
  customer(id: $id) {
    ${ALWAYS.join(" ")}
    updatedBy { name kind }
${lines.join("\n")}
  }
}`) as CustomerDocument;
}

function partsOf(field: Field): string {
  if (field.items.length === 0) return "";
  const masked = field.type === "BANK_ACCOUNTS" ? " masked" : "";
  return ` { id ${field.items.map(({ name }) => name).join(" ")}${masked} }`;
}

/** The items of a list of a customer. */
export function itemsOf(customer: Customer, field: Field): Item[] {
  const value = (customer as unknown as Values)[field.name];
  return Array.isArray(value) ? (value as Item[]) : [];
}

/** A scalar of a customer. */
export function valueOf(customer: Customer, field: Field): Json {
  return (customer as unknown as Values)[field.name] ?? null;
}
