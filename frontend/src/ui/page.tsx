import { ActionIcon } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconDots } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Operation } from "./operation.ts";
import styles from "./page.module.css";

const PageMenu = lazy(async () => ({ default: (await import("./page-menu.tsx")).PageMenu }));

interface PageProps {
  title: string;
  /** Stands in the place of the title where it is more than text: an identicon, tags. */
  heading?: ReactNode;
  /** Beside the title, quiet: a count. */
  aside?: ReactNode;
  /** Secondary buttons, then the one primary. */
  actions?: ReactNode;
  /** The requests of the page, for Copy as GraphQL. Every page has at least one. */
  operations: readonly Operation[];
  /** More lines of the page menu: `<Menu.Item>`s. */
  menu?: ReactNode;
  children: ReactNode;
}

/** A page: its title, actions, the menu with Copy as GraphQL, and its content. */
export function Page({ title, heading, aside, actions, operations, menu, children }: PageProps) {
  const [wanted, setWanted] = useState(false);
  useDocumentTitle(`${title} · Regulars`);
  const button = (
    <ActionIcon aria-label="Page menu" aria-haspopup="menu" size={30} onClick={() => setWanted(true)}><IconDots size={17} /></ActionIcon>
  );
  return (
    <main className={styles.page} id="content">
      <div className={styles.head} data-tall={heading === undefined ? undefined : ""}>
        {heading ?? <h1 className={styles.title}>{title}{aside !== undefined && <span className={styles.aside}> {aside}</span>}</h1>}
        <div className={styles.actions}>
          {wanted ? <Suspense fallback={button}><PageMenu operations={operations} target={button}>{menu}</PageMenu></Suspense> : button}
          {actions}
        </div>
      </div>
      {children}
    </main>
  );
}
