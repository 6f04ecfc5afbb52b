import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { useCan } from "../ui/session.tsx";

export const FieldsQuery = graphql(`
  query CustomerFields {
    customerFields {
      name path label about type permission editable maxLength options operators sort
      items { name path label about type permission editable maxLength options operators }
    }
  }
`);

/** A declared field of a customer: columns, filters, forms and details are drawn from it. */
export type Field = ResultOf<typeof FieldsQuery>["customerFields"][number];
/** A part of a list's items. */
export type Part = Field["items"][number];
export type FieldType = Field["type"];

interface Fields {
  /** Undefined until they are known. */
  fields: Field[] | undefined;
  error: ReturnType<typeof useQuery>[0]["error"];
}

/** The declared fields; asked once, as they change with the program only. */
export function useFields(): Fields {
  const [{ data, error }] = useQuery({ query: FieldsQuery, variables: {}, requestPolicy: "cache-first" });
  return { fields: data?.customerFields, error };
}

const PERSONAL = "customer.pii.read";

/** The fields whose values the signed-in person may see. A bank account is seen masked by everybody who sees persons. */
export function useReadable(fields: readonly Field[] | undefined): Field[] | undefined {
  const can = useCan();
  return useMemo(
    () => fields?.filter((field) => can(field.type === "BANK_ACCOUNTS" ? PERSONAL : field.permission)),
    [fields, can],
  );
}

export const isList = (field: Field) => field.items.length > 0;

const ONE: Partial<Record<FieldType, string>> = {
  EMAILS: "Email", PHONES: "Phone", ADDRESSES: "Address", BANK_ACCOUNTS: "Bank account", SOCIAL_ACCOUNTS: "Social account", TAGS: "Tag",
};

/** What one item of a list is called: "Email". */
export function oneOf(field: Field): string {
  return ONE[field.type] ?? field.label;
}

/** The camelCase form of a declared snake_case name: paths and history write the one, GraphQL the other. */
export function camel(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
