import { Button, Switch } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useMutation } from "urql";
import { ConfirmDialog } from "../ui/confirm.tsx";
import { Notice } from "../ui/notice.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { plainDate } from "../ui/values.tsx";
import { useExemptions } from "./exemptions.ts";
import { ForecastPart } from "./forecast.tsx";
import styles from "./privacy.module.css";
import { PolicyDelete, type Policy, PolicyUpdate } from "./retention-queries.ts";
import { isAhead, policyText } from "./words.ts";

const PolicyDialog = lazy(async () => ({ default: (await import("./policy-dialog.tsx")).PolicyDialog }));
const BeginDialog = lazy(async () => ({ default: (await import("./begin-dialog.tsx")).BeginDialog }));

/** One policy: what it says, its switch, and whom it is about in the next 90 days. */
export function PolicyPart({ policy }: { policy: Policy }) {
  const [dialog, setDialog] = useState<"edit" | "begin" | "delete">();
  const [{ fetching }, update] = useMutation(PolicyUpdate);
  const { text } = useExemptions();
  const { id, name, version, enabled, firstRunAfter, error } = policy;
  const close = () => setDialog(undefined);
  const stop = async () => {
    const { data, error: failed } = await update({ id, input: { expectedVersion: version, enabled: false } });
    const refused = data?.retentionPolicyUpdate.errors ?? [];
    if (failed ?? refused.length > 0) toastError(failed ?? refused, "The policy stays on.");
    else toast(`${name} is off`);
  };
  const waits = enabled && firstRunAfter && isAhead(firstRunAfter);
  return (
    <section aria-labelledby="policy" className={styles.policy}>
      <div className={styles.head}>
        <h2 id="policy"><bdi>{name}</bdi></h2>
        <Switch label={enabled ? "On" : "Off"} aria-label={`${name} is on`} checked={enabled} disabled={fetching} onChange={() => (enabled ? void stop() : setDialog("begin"))} />
        <div className={styles.buttons}>
          <Button variant="default" onClick={() => setDialog("edit")}>Edit</Button>
          <Button variant="subtle" color="gray" onClick={() => setDialog("delete")}>Delete</Button>
        </div>
      </div>
      <p className={styles.says}>
        {policyText(policy)}{policy.except ? <>. Who meets “{text(policy.except)}” stays</> : ", without exception"}. {waits && `It does nothing before ${plainDate(firstRunAfter)}.`}
      </p>
      {error && <Notice tone="bad" title="It does not run">{error.message}</Notice>}
      <ForecastPart policy={policy} />
      <Suspense>
        {dialog === "edit" && <PolicyDialog policy={policy} onClose={close} onSaved={() => undefined} />}
        {dialog === "begin" && <BeginDialog policy={policy} onClose={close} />}
        {dialog === "delete" && <DeleteDialog policy={policy} onClose={close} />}
      </Suspense>
    </section>
  );
}

function DeleteDialog({ policy: { id, name, version }, onClose }: { policy: Policy; onClose: () => void }) {
  const [, remove] = useMutation(PolicyDelete);
  const act = async () => {
    const { data, error } = await remove({ id, input: { expectedVersion: version } }, { additionalTypenames: ["RetentionPolicy"] });
    const refused = data?.retentionPolicyDelete.errors ?? [];
    if (error ?? refused.length > 0) {
      toastError(error ?? refused, "The policy stays.");
      return false;
    }
    toast(`${name} is deleted`);
    return true;
  };
  return (
    <ConfirmDialog opened onClose={onClose} danger title={`Delete ${name}?`} confirm="Delete the policy" onConfirm={act}>
      Nobody goes by it any more. Who went by it before stays gone, and its requests stay listed.
    </ConfirmDialog>
  );
}
