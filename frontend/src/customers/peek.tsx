import { CloseButton, Group, Stack } from "@mantine/core";
import { useMemo } from "react";
import { useQuery } from "urql";
import { ButtonLink } from "../ui/links.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import { Contact } from "./contact.tsx";
import { customerDocument } from "./customer-query.ts";
import styles from "./customers.module.css";
import type { Field } from "./fields.ts";
import { CustomerName } from "./header.tsx";
import profile from "./profile.module.css";

/** A customer beside the list: header and contact data. */
export function Peek({ id, fields, onClose }: { id: string; fields: readonly Field[]; onClose: () => void }) {
  const query = useMemo(() => customerDocument(fields), [fields]);
  const [{ data, error, fetching }, ask] = useQuery({ query, variables: { id } });
  useShortcut("Escape", "Close the panel", onClose);
  const customer = data?.customer?.id === id ? data.customer : undefined;
  return (
    <aside className={styles.peek} aria-label="Customer">
      <Group justify="space-between" wrap="nowrap" mb="md">
        <ButtonLink variant="default" to="/customers/$id" params={{ id }}>Open</ButtonLink>
        <CloseButton aria-label="Close the panel" onClick={onClose} />
      </Group>
      {error && !customer && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!customer && !error && (fetching ? <TextSkeleton lines={8} /> : <EmptyState title="There is no such customer" />)}
      {customer && (
        <Stack gap="lg">
          <CustomerName customer={customer} small />
          {customer.tags.length > 0 && <div className={profile.tags}>{customer.tags.slice(0, 12).map((tag) => <bdi key={tag} className={profile.tag}>{tag}</bdi>)}</div>}
          <Contact customer={customer} fields={fields} />
        </Stack>
      )}
    </aside>
  );
}
