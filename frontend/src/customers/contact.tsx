import { Anchor, Badge, Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { monthOf, plainDate, RelativeTime } from "../ui/values.tsx";
import { type Customer, type Item, itemsOf, valueOf } from "./customer-query.ts";
import type { Field } from "./fields.ts";
import styles from "./profile.module.css";
import { addressText, ageOf, itemText, primaryOf, scalarText } from "./words.ts";

const CONTACT = new Set(["EMAILS", "PHONES", "ADDRESSES"]);
/** The header says these, and the lists above. */
const SAID = new Set(["givenName", "familyName", "jobTitle", "organization", "kind", "version", "trashedAt", "lastSeenAt", "updatedAt"]);

/** Contact data and facts in short: what the side of a profile and the panel beside the list show. */
export function Contact({ customer, fields }: { customer: Customer; fields: readonly Field[] }) {
  const lists = fields.filter(({ type }) => CONTACT.has(type)).map((field) => ({ field, items: itemsOf(customer, field) })).filter(({ items }) => items.length > 0);
  const facts = fields.filter((field) => field.items.length === 0 && field.type !== "TAGS" && !SAID.has(field.name) && field.name !== "anonymizedAt" && valueOf(customer, field) !== null);
  return (
    <>
      {!customer.anonymizedAt && (
        <section>
          <h2 className={styles.heading}>Contact</h2>
          {lists.length === 0 && <Text fz="sm" c="dimmed">No email, phone or address.</Text>}
          <ul className={styles.contact}>
            {lists.map(({ field, items }) => <ContactLine key={field.name} field={field} items={items} />)}
          </ul>
        </section>
      )}
      <section>
        <h2 className={styles.heading}>Facts</h2>
        <dl className={styles.facts}>
          {facts.map((field) => <Fact key={field.name} title={field.name === "createdAt" ? "Created" : field.label}>{factText(customer, field)}</Fact>)}
          {!customer.anonymizedAt && <Fact title="Updated"><RelativeTime at={customer.updatedAt} />{customer.updatedBy && ` by ${customer.updatedBy.name}`}</Fact>}
        </dl>
      </section>
    </>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return <><dt>{title}</dt><dd><bdi>{children}</bdi></dd></>;
}

function factText(customer: Customer, field: Field): ReactNode {
  const value = valueOf(customer, field);
  if (field.name === "dateOfBirth" && typeof value === "string") return `${plainDate(value)} (${ageOf(value)})`;
  // Of whoever was anonymized only the month is known.
  if (field.name === "createdAt" && customer.anonymizedAt) return monthOf(customer.createdAt);
  if (field.type === "DATETIME" && typeof value === "string") return <RelativeTime at={value} />;
  return scalarText(field, value);
}

const TOOLTIP_LINES = 10;

function ContactLine({ field, items }: { field: Field; items: Item[] }) {
  const first = primaryOf(items);
  if (!first) return null;
  const others = items.filter((item) => item !== first);
  const rest = others.slice(0, TOOLTIP_LINES).map((item) => itemText(field.type, item)).join("\n") + (others.length > TOOLTIP_LINES ? `\nand ${others.length - TOOLTIP_LINES} more` : "");
  return (
    <li>
      <ContactItem field={field} item={first} />
      {others.length > 0 && (
        <>
          {" "}<Text component="span" fz="xs" c="dimmed">primary</Text>{" "}
          <Tooltip label={<span style={{ whiteSpace: "pre" }}>{rest}</span>}><Badge component="span" variant="default" size="sm" fw={500} tabIndex={0}>+{others.length}</Badge></Tooltip>
        </>
      )}
    </li>
  );
}

function ContactItem({ field, item }: { field: Field; item: Item }) {
  const text = field.type === "ADDRESSES" ? addressText(item) : itemText(field.type, item);
  if (field.type === "EMAILS") return <Anchor href={`mailto:${text}`} inherit>{text}</Anchor>;
  if (field.type === "PHONES" && item["valid"] === true) return <Anchor href={`tel:${text}`} inherit>{text}</Anchor>;
  return <bdi>{text}</bdi>;
}
