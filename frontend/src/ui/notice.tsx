import type { ReactNode } from "react";
import styles from "./notice.module.css";

interface NoticeProps {
  tone: "warn" | "bad";
  icon?: ReactNode;
  title?: string;
  children: ReactNode;
}

/** Something to know before going on: quiet, in the line of the page. */
export function Notice({ tone, icon, title, children }: NoticeProps) {
  return (
    <div className={`${styles.notice} ${styles[tone]}`} role={tone === "bad" ? "alert" : "status"}>
      {icon}
      <div>
        {title && <div className={styles.title}>{title}</div>}
        {children}
      </div>
    </div>
  );
}
