import { ActionIcon, Badge, Button, Menu, Text } from "@mantine/core";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { Missing } from "../ui/values.tsx";
import type { Item } from "./customer-query.ts";
import { type Field, oneOf } from "./fields.ts";
import { ItemForm } from "./item-form.tsx";
import styles from "./profile.module.css";
import { WithOrigin } from "./provenance.tsx";
import { type UpdateInput, useSaving } from "./saving.tsx";
import { itemText } from "./words.ts";

const SHOWN = 6;
const NOTHING: readonly string[] = [];

interface ListFieldProps {
  field: Field;
  items: readonly Item[];
  version: number;
  writes: boolean;
  /** Draws an item's text otherwise. */
  text?: (item: Item) => ReactNode;
  /** Parts that cannot be edited now, with the reason in the form. */
  locked?: readonly string[];
}

/** A list: rows with a menu, and Add. */
export function ListField({ field, items, version, writes, text, locked = NOTHING }: ListFieldProps) {
  const [all, setAll] = useState(false);
  const [form, setForm] = useState<{ id?: string; only?: readonly string[] }>();
  // Accounts on networks are filled by programs; here they can only be unlinked.
  const adds = writes && field.type !== "SOCIAL_ACCOUNTS";
  const sorted = items.toSorted((one, other) => Number(other.primary ?? false) - Number(one.primary ?? false));
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  const close = () => setForm(undefined);
  return (
    <div style={{ padding: "2px 0" }}>
      {items.length === 0 && !form && <div className={styles.still}><Missing /></div>}
      {shown.map((item) => (form?.id === item.id
        ? <ItemForm key={item.id} field={field} item={item} version={version} only={form.only} locked={locked} onClose={close} />
        : <ItemRow key={item.id} field={field} item={item} version={version} writes={writes} text={text} onForm={(only) => setForm({ id: item.id, ...(only && { only }) })} />))}
      {sorted.length > SHOWN && (
        <Button variant="subtle" size="compact-sm" mb={4} ml={-8} onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show ${sorted.length - SHOWN} more`}</Button>
      )}
      {adds && (form && form.id === undefined
        ? <ItemForm field={field} version={version} locked={NOTHING} onClose={close} />
        : <div><Button variant="subtle" color="gray" c="dimmed" size="compact-sm" ml={-8} leftSection={<IconPlus size={14} />} onClick={() => setForm({})} aria-label={`Add: ${oneOf(field)}`}>Add</Button></div>)}
    </div>
  );
}

interface ItemRowProps {
  field: Field;
  item: Item;
  version: number;
  writes: boolean;
  text: ((item: Item) => ReactNode) | undefined;
  onForm: (only?: readonly string[]) => void;
}

function ItemRow({ field, item, version, writes, text, onForm }: ItemRowProps) {
  const said = itemText(field.type, item);
  return (
    <div className={styles.item}>
      <WithOrigin path={`${field.path}.${item.id}`}>
        <span className={styles.grow}><bdi>{text?.(item) ?? said}</bdi></span>
      </WithOrigin>
      {item.label && <Badge variant="default" size="sm" tt="none" fw={400}>{item.label}</Badge>}
      {item.primary && <Text component="span" fz="xs" c="dimmed">primary</Text>}
      {item["valid"] === false && <Text component="span" fz="xs" c="var(--warn)" title="It is kept as it was typed.">cannot be dialled</Text>}
      {item["verified"] === true && <Text component="span" fz="xs" c="dimmed">verified</Text>}
      {writes && <ItemMenu field={field} item={item} version={version} said={said} onForm={onForm} />}
    </div>
  );
}

function ItemMenu({ field, item, version, said, onForm }: Omit<ItemRowProps, "writes" | "text"> & { said: string }) {
  const { save } = useSaving();
  const social = field.type === "SOCIAL_ACCOUNTS";
  const name = oneOf(field);
  const wish = (list: object): UpdateInput => ({ [field.name]: list });
  const primary = () => save(wish({ edit: [{ id: item.id, primary: true }] }), version, `Primary ${name.toLowerCase()}`);
  const remove = () => save(wish({ remove: [item.id] }), version, social ? `${name} unlinked:` : `${name} removed:`);
  const labelled = field.items.some((part) => part.name === "label");
  return (
    <Menu withinPortal={false}>
      <Menu.Target>
        <ActionIcon className={styles.menu} aria-label={`Actions for ${said}`}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {item.primary === false && <Menu.Item onClick={() => void primary()}>Make primary</Menu.Item>}
        {!social && <Menu.Item onClick={() => onForm()}>Edit</Menu.Item>}
        {labelled && !social && <Menu.Item onClick={() => onForm(["label"])}>{item.label ? "Change the label" : "Add a label"}</Menu.Item>}
        <Menu.Item c="var(--bad)" onClick={() => void remove()}>{social ? "Unlink" : "Remove"}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
