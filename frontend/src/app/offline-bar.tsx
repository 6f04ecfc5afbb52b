import { IconCloudOff } from "@tabler/icons-react";
import { useConnection } from "./connection.ts";
import styles from "./shell.module.css";

/** Says that the server cannot be reached, and that nothing typed is lost. */
export function OfflineBar() {
  const { offline } = useConnection();
  if (!offline) return null;
  return (
    <output className={styles.bar}>
      <IconCloudOff size={16} aria-hidden="true" />
      The server cannot be reached. What you typed is kept on this page; save it when the connection is back.
    </output>
  );
}
