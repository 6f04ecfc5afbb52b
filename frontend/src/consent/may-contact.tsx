import { IconChevronRight } from "@tabler/icons-react";
import { useMemo } from "react";
import { useQuery } from "urql";
import type { ResultOf } from "../graphql.ts";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { RelativeTime } from "../ui/values.tsx";
import styles from "./consent.module.css";
import { contactVariables } from "./contact-variables.ts";
import { CHANGED, ContactabilityQuery, type Purpose } from "./queries.ts";
import { CHANNELS, channelWord } from "./words.tsx";

export type Answer = ResultOf<typeof ContactabilityQuery>["EMAIL"];

/** May I contact this person? Each channel, with the reasons in the order in which they were looked at; the first decides. */
export function MayContact({ id, purpose }: { id: string; purpose: Purpose }) {
  const variables = useMemo(() => contactVariables(id, purpose.key), [id, purpose.key]);
  const [{ data, error, stale }, ask] = useQuery({ query: ContactabilityQuery, variables, context: CHANGED });
  return (
    <section className={styles.section} aria-labelledby="may-contact" aria-busy={stale}>
      <div className={styles.head}><h2 id="may-contact">May I contact them?</h2></div>
      <p className={styles.help}>For {purpose.name.toLowerCase()}. Open a line to see why.</p>
      {error && !data && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!data && !error && <TextSkeleton lines={10} />}
      {data && CHANNELS.map((channel) => <Line key={channel} name={channelWord(channel)} answer={data[channel]} />)}
    </section>
  );
}

function Line({ name, answer }: { name: string; answer: Answer }) {
  const first = answer.reasons[0];
  return (
    <details className={styles.why}>
      <summary>
        <IconChevronRight size={14} aria-hidden="true" />
        <span style={{ width: 92, flex: "none" }}>{name}</span>
        <Status tone={answer.allowed ? "good" : "bad"}>{answer.allowed ? "Yes" : "No"}</Status>
        {first && <span className={`${styles.quiet} cut`} title={first.message}>{first.message}</span>}
      </summary>
      <ol>
        {answer.reasons.map((reason) => (
          <li key={`${reason.code} ${reason.at ?? ""}`}>{reason.message}{reason.at && <> (<RelativeTime at={reason.at} />)</>}</li>
        ))}
      </ol>
    </details>
  );
}
