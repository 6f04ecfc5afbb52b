import { Group, Text } from "@mantine/core";
import type { TypedDocumentNode } from "urql";
import { gql } from "urql";
import type { Json } from "../graphql.ts";
import type { Column } from "../ui/data-table.tsx";
import { Identicon } from "../ui/identicon.tsx";
import { TextLink } from "../ui/links.tsx";
import { Missing, OrMissing, RelativeTime } from "../ui/values.tsx";
import styles from "./customers.module.css";
import { type Field, type FieldType, oneOf } from "./fields.ts";
import type { Where } from "./filters.ts";
import { countryName, itemText, primaryOf, scalarText } from "./words.ts";

type Item = { id: string; primary?: boolean } & Record<string, Json>;

/** A customer as a list has it: what the shown columns ask for. */
export type Row = { id: string; displayName: string } & Record<string, Json | undefined>;

export interface ListVariables {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  search: string | null;
  where: Where | null;
  sort: { field: string; direction: "ASC" | "DESC" }[];
  trash?: boolean;
}

interface ListData {
  customers: {
    nodes: Row[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  };
}

// The parts of an item that a cell shows.
const PARTS: Partial<Record<FieldType, string>> = {
  EMAILS: "{ id address primary }",
  PHONES: "{ id number primary }",
  ADDRESSES: "{ id city countryCode primary }",
  BANK_ACCOUNTS: "{ id iban primary }",
  SOCIAL_ACCOUNTS: "{ id provider handle }",
};

/** What a list shows before anybody chose; known here, so that it need not wait for the declaration. */
const DEFAULTS: readonly { name: string; type: FieldType }[] = [
  { name: "emails", type: "EMAILS" }, { name: "addresses", type: "ADDRESSES" }, { name: "tags", type: "TAGS" },
  { name: "lastSeenAt", type: "DATETIME" }, { name: "createdAt", type: "DATETIME" },
];
export const DEFAULT_COLUMNS = DEFAULTS.map(({ name }) => name);

/** Which of the wished columns there are, in the order of the declaration; undefined while that cannot be known. */
export function chosenColumns(wished: readonly string[] | undefined, fields: readonly Field[] | undefined): { name: string; type: FieldType }[] | undefined {
  if (fields) return choosable(fields).filter(({ name }) => (wished ?? DEFAULT_COLUMNS).includes(name));
  return wished ? undefined : [...DEFAULTS];
}

/** The fields that can be columns; the name is always one. */
export function choosable(fields: readonly Field[]): Field[] {
  return fields.filter(({ name }) => name !== "trashedAt");
}

/** The query of a list with these columns: it asks for what they show and nothing else. */
export function listDocument(columns: readonly { name: string; type: FieldType }[]): TypedDocumentNode<ListData, ListVariables> {
  const asked = columns.map(({ name, type }) => `      ${name}${PARTS[type] ? ` ${PARTS[type]}` : ""}`).join("\n");
  return gql(`query CustomerList(
  $first: Int, $after: String, $last: Int, $before: String
  $search: String, $where: CustomerWhere, $sort: [CustomerSort!], $trash: Boolean! = false
) {
  customers(first: $first, after: $after, last: $last, before: $before, search: $search, where: $where, sort: $sort, trash: $trash) {
    nodes {
      id
      displayName
${asked}
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`) as TypedDocumentNode<ListData, ListVariables>;
}

const GROW: Partial<Record<FieldType, number>> = { EMAILS: 26, ADDRESSES: 18, TAGS: 20, TEXT: 16 };
const PHONE_HIDES = (name: string) => (name === "emails" ? {} : { hideOn: "phone" as const });

/** The columns of the table: the name, then one a field. */
export function tableColumns(fields: readonly Field[]): Column<Row>[] {
  return [
    { id: "displayName", header: "Name", grow: 28, sort: "NAME", cell: (row) => <NameCell row={row} /> },
    ...fields.map((field): Column<Row> => ({
      id: field.name,
      header: field.type === "TAGS" ? field.label : oneOf(field),
      cell: (row) => <Cell field={field} value={row[field.name]} />,
      ...(GROW[field.type] && { grow: GROW[field.type] ?? 0 }),
      ...(field.type === "NUMBER" && { align: "right" as const }),
      ...(field.sort && field.sort !== "NAME" && { sort: field.sort }),
      ...PHONE_HIDES(field.name),
    })),
  ];
}

/** Face and name, a link to the profile. */
export function NameCell({ row }: { row: { id: string; displayName: string } }) {
  return (
    <Group gap="sm" wrap="nowrap" miw={0}>
      <Identicon id={row.id} size={22} />
      <TextLink to="/customers/$id" params={{ id: row.id }} c="inherit" fw={500} inherit truncate title={row.displayName}>
        <bdi>{row.displayName}</bdi>
      </TextLink>
    </Group>
  );
}

function Cell({ field, value }: { field: Field; value: Json | undefined }) {
  if (field.type === "DATETIME") return <RelativeTime at={typeof value === "string" ? value : null} />;
  if (field.type === "TAGS") return <TagsCell tags={Array.isArray(value) ? value.filter((tag) => typeof tag === "string") : []} />;
  if (Array.isArray(value)) return <ItemsCell type={field.type} items={value as Item[]} />;
  return <OrMissing>{scalarText(field, value)}</OrMissing>;
}

function ItemsCell({ type, items }: { type: FieldType; items: Item[] }) {
  const first = primaryOf(items);
  if (!first) return <Missing />;
  const text = type === "ADDRESSES" ? placeText(first) : itemText(type, first);
  return (
    <Group gap="sm" wrap="nowrap" miw={0}>
      <Text component="span" inherit truncate title={text}><bdi>{text === "" ? "–" : text}</bdi></Text>
      {items.length > 1 && <Text component="span" fz="xs" c="dimmed" flex="none">+{items.length - 1}</Text>}
    </Group>
  );
}

function placeText(address: Item): string {
  const { city, countryCode } = address;
  if (typeof city === "string" && typeof countryCode === "string") return `${city}, ${countryCode}`;
  if (typeof city === "string") return city;
  return typeof countryCode === "string" ? countryName(countryCode) : "";
}

const TAGS_SHOWN = 2;

function TagsCell({ tags }: { tags: string[] }) {
  if (tags.length === 0) return <Missing />;
  return (
    <Group gap={4} wrap="nowrap" miw={0} title={tags.join(", ")}>
      {tags.slice(0, TAGS_SHOWN).map((tag) => <bdi key={tag} className={styles.tag}>{tag}</bdi>)}
      {tags.length > TAGS_SHOWN && <Text component="span" fz="xs" c="dimmed" flex="none">+{tags.length - TAGS_SHOWN}</Text>}
    </Group>
  );
}
