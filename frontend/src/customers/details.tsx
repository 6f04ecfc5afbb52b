import { Stack } from "@mantine/core";
import { useCan } from "../ui/session.tsx";
import { BankAccounts } from "./bank-accounts.tsx";
import { type Customer, itemsOf, valueOf } from "./customer-query.ts";
import { type Field, isList } from "./fields.ts";
import { ListField } from "./list-field.tsx";
import styles from "./profile.module.css";
import { ProvenanceProvider } from "./provenance.tsx";
import { ScalarField } from "./scalar-field.tsx";
import { Tags } from "./tags.tsx";

const isFilled = (customer: Customer, field: Field) => (isList(field) || field.type === "TAGS" ? itemsOf(customer, field).length > 0 : valueOf(customer, field) !== null);

/** Every declared field, edited where its value stands. */
export function Details({ customer, fields, writes }: { customer: Customer; fields: readonly Field[]; writes: boolean }) {
  const can = useCan();
  // Of an anonymized customer most are empty for ever.
  const editable = fields.filter((field) => field.editable && (!customer.anonymizedAt || isFilled(customer, field)));
  const mayEdit = (field: Field) => writes && can(field.permission);
  return (
    <ProvenanceProvider id={customer.id}>
      <Stack gap="xl">
        <dl style={{ margin: 0 }}>
          {editable.filter((field) => !isList(field)).map((field) => (
            <div key={field.name} className={styles.row} data-field={field.path}>
              <dt title={field.about}>{field.label}</dt>
              <dd>
                {field.type === "TAGS"
                  ? <div style={{ padding: "4px 0" }}><Tags customer={customer} writes={mayEdit(field)} /></div>
                  : <ScalarField field={field} value={valueOf(customer, field)} version={customer.version} writes={mayEdit(field)} />}
              </dd>
            </div>
          ))}
          {editable.filter(isList).map((field) => (
            <div key={field.name} className={styles.row} data-field={field.path}>
              <dt title={field.about}>{field.label}</dt>
              <dd>
                {field.type === "BANK_ACCOUNTS"
                  ? <BankAccounts customer={customer} field={field} writes={mayEdit(field)} />
                  : <ListField field={field} items={itemsOf(customer, field)} version={customer.version} writes={mayEdit(field)} />}
              </dd>
            </div>
          ))}
        </dl>
      </Stack>
    </ProvenanceProvider>
  );
}
