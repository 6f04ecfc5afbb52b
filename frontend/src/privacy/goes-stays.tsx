import { IconCheck, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import styles from "./privacy.module.css";
import type { Act } from "./queries.ts";

const GOES: Record<Act, string> = {
  ANONYMIZE: "Name, contact data, addresses, bank accounts, tags and every other personal value.",
  ERASE: "The whole profile, with everything that stands in it.",
};
const STAYS: Record<Act, string> = {
  ANONYMIZE: "A nameless customer under a new id that nothing links to this one: language, time zone, the month of creation, the days of the last visit and change. Figures stay as they are.",
  ERASE: "That somebody was erased, and when, without saying who. Consents stay as entries without a person.",
};

/** What an act takes away and what it leaves, before anybody confirms it. */
export function GoesStays({ act, suppress }: { act: Act; suppress: boolean }) {
  return (
    <div className={styles.effects}>
      <Effect goes title="Goes">{GOES[act]} Also in the history, the consents, imports and their files, exports, mails and logs.</Effect>
      <Effect title="Stays">
        {STAYS[act]}
        {suppress && " Email addresses, phone numbers and ids are remembered as digests, so that no import or partner brings the person back."}
      </Effect>
      <p className={styles.final}>This cannot be undone.</p>
    </div>
  );
}

function Effect({ goes = false, title, children }: { goes?: boolean; title: string; children: ReactNode }) {
  const Icon = goes ? IconX : IconCheck;
  return (
    <div className={styles.effect}>
      <Icon size={16} aria-hidden="true" color={goes ? "var(--bad)" : "var(--good)"} />
      <div><b>{title}</b> {children}</div>
    </div>
  );
}
