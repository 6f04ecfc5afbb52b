import { Paper, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import styles from "./entrance.module.css";

/** The frame of the pages for strangers. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} · Regulars`);
  return (
    <main className={styles.entrance}>
      <div className={styles.brand}><img src="/icon.svg" width={28} height={28} alt="" /><Text fw={600} fz="lg">Regulars</Text></div>
      <Paper withBorder p="xl" className={styles.card}>
        <Title order={1} mb="lg">{title}</Title>
        {children}
      </Paper>
    </main>
  );
}
