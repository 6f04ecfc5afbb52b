import { Button, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { useCan } from "../ui/session.tsx";
import { type Customer, type Item, itemsOf } from "./customer-query.ts";
import type { Field } from "./fields.ts";
import { ListField } from "./list-field.tsx";
import { itemText } from "./words.ts";

export const UnmaskedQuery = graphql(`
  query CustomerBankAccounts($id: ID!) {
    customer(id: $id) { id bankAccounts(unmasked: true) { id iban } }
  }
`);

const PERMISSION = "customer.bank.read";

/** Bank accounts: masked, until somebody who may asks to see them; that is logged. */
export function BankAccounts({ customer, field, writes }: { customer: Customer; field: Field; writes: boolean }) {
  const can = useCan();
  const [shown, setShown] = useState(false);
  const [{ data, fetching }] = useQuery({ query: UnmaskedQuery, variables: { id: customer.id }, pause: !shown, requestPolicy: "network-only" });
  const clear = new Map((shown ? data?.customer?.bankAccounts ?? [] : []).map(({ id, iban }) => [id, iban]));
  const items = itemsOf(customer, field).map((item) => ({ ...item, iban: clear.get(item.id) ?? item["iban"] ?? null }));
  const masked = (item: Item) => (
    <Tooltip label={`Masked: to see it needs the permission ${PERMISSION}.`} disabled={can(PERMISSION)}>
      <Text component="span" inherit className="num">{itemText(field.type, item)}</Text>
    </Tooltip>
  );
  return (
    <>
      <ListField field={field} items={items} version={customer.version} writes={writes} text={masked} locked={clear.size > 0 ? [] : ["iban"]} />
      {items.length > 0 && can(PERMISSION) && (
        <Button variant="subtle" size="compact-sm" ml={-8} loading={shown && fetching} onClick={() => setShown(!shown)}
          title={shown ? undefined : "That it was shown to you is written to the access log."}>{shown ? "Hide" : "Show"}</Button>
      )}
    </>
  );
}
