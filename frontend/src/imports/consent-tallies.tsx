import { Text, Title, UnstyledButton } from "@mantine/core";
import { TextLink } from "../ui/links.tsx";
import { useCan } from "../ui/session.tsx";
import { Status } from "../ui/status.tsx";
import { formatNumber, plural } from "../ui/values.tsx";
import { CONSENT_WORDS, type Consents } from "./consents.ts";
import styles from "./imports.module.css";
import type { Details } from "./problems.tsx";

const RESUBSCRIBE = "RESUBSCRIBE";

/** How many rows tried to resubscribe somebody; they stand in the error file too. */
export function resubscribing({ problems }: Pick<Details, "problems">): number {
  return problems.find(({ code }) => code === RESUBSCRIBE)?.count ?? 0;
}

interface ConsentTalliesProps {
  details: Details;
  phase: "plan" | "done";
  shown: string | undefined;
  onShow: (problem: string | undefined) => void;
}

/** What the consents of a file come to, and the rows that tried to resubscribe somebody. */
export function ConsentTallies({ details, phase, shown, onShow }: ConsentTalliesProps) {
  const can = useCan();
  const { consents } = details;
  if (!consents) return null;
  const counts: Consents["planned"] = phase === "plan" ? consents.planned : consents.outcome;
  const again = resubscribing(details);
  return (
    <section>
      <Title order={2} mb="sm">Consents</Title>
      {counts.length === 0 && <Text fz="sm" c="dimmed">No row brings a consent.</Text>}
      <ul className={styles.problems}>
        {counts.map(({ outcome, count }) => (
          <li key={outcome} className={styles.problem}>
            <Status tone={CONSENT_WORDS[outcome].tone}>{CONSENT_WORDS[outcome][phase]}</Status>
            <span className={styles.message}>{CONSENT_WORDS[outcome].about}</span>
            <span className="num">{formatNumber(count)}</span>
          </li>
        ))}
      </ul>
      {again > 0 && (
        <Text fz="sm" mt="sm">
          <UnstyledButton fz="inherit" td="underline" aria-pressed={shown === RESUBSCRIBE} onClick={() => onShow(shown === RESUBSCRIBE ? undefined : RESUBSCRIBE)}>
            {plural(again, "row")} tried to resubscribe somebody who had said no
          </UnstyledButton>; the no stands{phase === "done" && can("consent.review") && <>, and the rows also stand in the <TextLink to="/privacy/review" fz="inherit" underline="always">review</TextLink></>}.
        </Text>
      )}
    </section>
  );
}
