import { Button, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import { isGoing, type RunState } from "../runs/progress.tsx";
import { kindWord } from "../runs/words.tsx";
import { TextLink } from "../ui/links.tsx";
import { Notice } from "../ui/notice.tsx";
import { useCan } from "../ui/session.tsx";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { plural } from "../ui/values.tsx";
import { Certificate } from "./certificate.tsx";
import { FieldTable } from "./field-table.tsx";
import styles from "./privacy.module.css";
import { type Privacy, PrivacyRunQuery } from "./queries.ts";
import { Collections, Figures } from "./result-tables.tsx";
import { ACTS, leftOutText, momentText } from "./words.ts";

const ApplyDialog = lazy(async () => ({ default: (await import("./apply-dialog.tsx")).ApplyDialog }));

/** What an anonymization or erasure will do, or what it did and proved. Drawn anew with each state of the run, so that it asks again. */
export function PrivacySection({ run, onApplied }: { run: RunState; onApplied: () => void }) {
  const [{ data, error }, ask] = useQuery({ query: PrivacyRunQuery, variables: { id: run.id } });
  const privacy = data?.run?.privacy;
  if (error && !privacy) return <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />;
  if (!privacy) return <TextSkeleton lines={6} />;
  const planned = run.phase === "PLAN" && run.status === "READY";
  const applied = run.phase !== "PLAN" && !isGoing(run);
  return (
    <>
      <About run={run} privacy={privacy} />
      {planned && <Plan run={run} privacy={privacy} onApplied={onApplied} />}
      {run.phase === "PLAN" && run.status === "CANCELLED" && <Text fz="sm">It was cancelled before anything was written. Nobody was {ACTS[privacy.act].done}.</Text>}
      {applied && <Result run={run} privacy={privacy} />}
    </>
  );
}

function About({ run, privacy }: StageProps) {
  const { policy, reason, suppress } = privacy;
  return (
    <Text fz="sm" c="dimmed" component="div">
      {kindWord(run.kind)}{policy && <> by the policy <TextLink to="/privacy/erasure" search={{ tab: "retention", policy: policy.id }} inherit>{policy.name}</TextLink></>}
      {reason && <>: “<bdi>{reason}</bdi>”</>}. {suppress ? "Their addresses, numbers and ids are kept from coming back." : "Their addresses may come back."}
    </Text>
  );
}

interface StageProps {
  run: RunState;
  privacy: Privacy;
}

function Plan({ run, privacy, onApplied }: StageProps & { onApplied: () => void }) {
  const can = useCan();
  const [applying, setApplying] = useState(false);
  const { act, applyAt, customers } = privacy;
  const { verb, done, permission } = ACTS[act];
  const leftOut = leftOutText(privacy);
  return (
    <section aria-labelledby="plan">
      <div className={styles.head}>
        <h2 id="plan">{customers === 0 ? `Nobody would be ${done}` : `${plural(customers, "customer")} will be ${done}`}</h2>
        {can(permission) && customers > 0 && (
          <Button color="red.8" onClick={() => setApplying(true)}>{applyAt ? `${verb} now` : `${verb} ${plural(customers, "customer")}`}</Button>
        )}
      </div>
      <Text fz="sm" mb="md">
        {applyAt ? <>It applies by itself on <b>{momentText(applyAt)}</b>, and can be cancelled until then. </> : "Nothing has been written so far. "}
        {leftOut && <>Left out: {leftOut}. </>}
        {customers > 0 && "Once applied, it cannot be undone."}
      </Text>
      {customers > 0 && <FieldTable fields={privacy.fields} customers={customers} act={act} />}
      <Suspense>{applying && <ApplyDialog id={run.id} privacy={privacy} onClose={() => setApplying(false)} onApplied={onApplied} />}</Suspense>
    </section>
  );
}

function Result({ run, privacy }: StageProps) {
  const { act, customers, certificate, collections, figures } = privacy;
  const leftOut = leftOutText(privacy);
  return (
    <>
      <section aria-labelledby="result">
        <div className={styles.head}><h2 id="result">{plural(customers, "customer")} {ACTS[act].done}</h2></div>
        {leftOut && <Text fz="sm">Left out: {leftOut}.</Text>}
        {run.status !== "SUCCEEDED" && <Notice tone="warn" title="It did not come to its end">Who is gone stays gone; there is no certificate. Ask for the others again.</Notice>}
      </section>
      {certificate && <Certificate id={run.id} certificate={certificate} collections={collections} />}
      {collections.length > 0 && <Collections collections={collections} />}
      {figures && act === "ANONYMIZE" && <Figures figures={figures} />}
      {privacy.fields.length > 0 && customers > 0 && (
        <details className={styles.more}>
          <summary>Which fields went</summary>
          <FieldTable fields={privacy.fields} customers={customers} act={act} />
        </details>
      )}
    </>
  );
}
