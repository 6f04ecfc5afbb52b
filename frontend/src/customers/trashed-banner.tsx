import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useCan } from "../ui/session.tsx";
import { toast } from "../ui/toast.tsx";
import { RelativeTime } from "../ui/values.tsx";
import styles from "./profile.module.css";
import { useRestore } from "./restore.ts";

/** Says that the customer is in the trash, and takes it out. */
export function TrashedBanner({ id, at }: { id: string; at: string | null }) {
  const can = useCan();
  const restore = useRestore();
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    if (await restore([id])) toast("Restored");
    setBusy(false);
  };
  return (
    <output className={styles.banner}>
      <IconTrash size={16} aria-hidden="true" />
      <span>In the trash since <RelativeTime at={at} />. It is in no list and cannot be changed.</span>
      {can("customer.delete") && <Button variant="default" loading={busy} onClick={act}>Restore</Button>}
    </output>
  );
}
