import { Text } from "@mantine/core";
import styles from "./agreements.module.css";

/** What a thing is called, over the key that programs name it by. */
export function NameAndKey({ name, keyName, quiet = false }: { name: string; keyName: string; quiet?: boolean }) {
  return (
    <span className={styles.name}>
      <Text component="span" inherit fw={500} truncate c={quiet ? "dimmed" : undefined}><bdi>{name}</bdi></Text>
      <span className={styles.key}>{keyName}</span>
    </span>
  );
}
