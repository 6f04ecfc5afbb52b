import { Group, Text } from "@mantine/core";
import { Identicon } from "../ui/identicon.tsx";
import { RelativeTime } from "../ui/values.tsx";
import type { Customer } from "./customer-query.ts";
import styles from "./profile.module.css";
import { enumWord } from "./words.ts";

/** Who it is: face, name, work, kind and when she was last seen. */
export function CustomerName({ customer, small = false }: { customer: Customer; small?: boolean }) {
  const said = customer as Customer & { jobTitle?: string | null; organization?: string | null };
  const work = [said.jobTitle, said.organization].filter(Boolean).join(", ");
  const Title = small ? "h2" : "h1";
  return (
    <Group gap="md" wrap="nowrap" align="flex-start" miw={0}>
      <Identicon id={customer.id} size={small ? 36 : 44} />
      <div style={{ minWidth: 0 }}>
        <Title className={styles.name}><bdi>{customer.displayName}</bdi></Title>
        <Text fz="sm" c="dimmed" component="div" className={styles.dots}>
          {work !== "" && <span><bdi>{work}</bdi></span>}
          <span>{enumWord(customer.kind)}</span>
          {customer.lastSeenAt ? <span>last seen <RelativeTime at={customer.lastSeenAt} /></span> : <span>never seen</span>}
        </Text>
      </div>
    </Group>
  );
}
