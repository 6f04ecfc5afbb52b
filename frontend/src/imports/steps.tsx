import { IconCheck } from "@tabler/icons-react";
import styles from "./imports.module.css";

const STEPS = ["File", "Columns", "Plan", "Result"] as const;
export type Step = (typeof STEPS)[number];

/** Where an import is: four steps, those before are ticked. */
export function Steps({ at, done = false }: { at: Step; done?: boolean }) {
  const present = STEPS.indexOf(at);
  return (
    <ol className={styles.steps} aria-label="Steps of the import">
      {STEPS.map((step, index) => {
        const ticked = index < present || (done && index === present);
        return (
          <li key={step} className={styles.step} aria-current={index === present ? "step" : undefined} data-done={ticked || undefined}>
            <span className={styles.number} aria-hidden="true">{ticked ? <IconCheck size={13} stroke={2.5} /> : index + 1}</span>
            {step}
          </li>
        );
      })}
    </ol>
  );
}
