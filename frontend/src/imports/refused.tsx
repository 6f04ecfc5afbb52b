import { Button, Stack, Text } from "@mantine/core";
import { IconFileAlert } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ButtonLink } from "../ui/links.tsx";
import styles from "./imports.module.css";

interface RefusedProps {
  title: string;
  /** What is wrong, with the line where there is one. */
  reasons: readonly string[];
  /** What can be switched to read it after all. */
  children?: ReactNode;
  /** Goes back to the columns of the same file. */
  onColumns?: () => void;
}

/** A file that cannot be read: where and why, that nothing of it was kept, and what to do next. */
export function Refused({ title, reasons, children, onColumns }: RefusedProps) {
  return (
    <Stack gap="md" className={styles.refused} role="alert">
      <Text c="var(--bad)" lh={0}><IconFileAlert size={28} stroke={1.5} aria-hidden="true" /></Text>
      <Text fw={600} fz="lg">{title}</Text>
      {reasons.map((reason) => <Text key={reason}>{reason}</Text>)}
      <Text fz="sm" c="dimmed">Nothing of it was written. Correct the file and upload it again.</Text>
      {children}
      <div className={styles.row}>
        {onColumns && <Button variant="default" onClick={onColumns}>Read it another way</Button>}
        <ButtonLink to="/imports/new">Choose another file</ButtonLink>
      </div>
    </Stack>
  );
}
