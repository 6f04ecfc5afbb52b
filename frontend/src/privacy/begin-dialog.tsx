import { Text } from "@mantine/core";
import { useMutation, useQuery } from "urql";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { formatNumber, plural } from "../ui/values.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { refusals } from "./refused.ts";
import { ForecastQuery, type Policy, PolicyUpdate } from "./retention-queries.ts";
import { ACTS, firstRunCount, momentText } from "./words.ts";

/** Says what will happen, to how many and when, before a policy is switched on. */
export function BeginDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { id, name, version, act, noticeDays } = policy;
  const [{ data, error: failed }, ask] = useQuery({ query: ForecastQuery, variables: { policy: id, first: 1, after: null, blocked: null }, requestPolicy: "network-only" });
  const [{ data: answer, error, fetching }, update] = useMutation(PolicyUpdate);
  const submit = async () => {
    const { data: done } = await update({ id, input: { expectedVersion: version, enabled: true } });
    if (!done?.retentionPolicyUpdate.applied) return;
    toast(`${name} is on`);
    onClose();
  };
  const forecast = data?.retentionForecast;
  const first = forecast && firstRunCount(forecast);
  return (
    <ActDialog title={<>Switch <bdi>{name}</bdi> on?</>} confirm="Switch on" danger={(forecast?.totals.go ?? 0) > 0} busy={fetching} ready={forecast !== undefined}
      errors={fetching ? [] : refusals(error, answer?.retentionPolicyUpdate)} onSubmit={submit} onClose={onClose}>
      {failed && !forecast && <ErrorState error={failed} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!forecast && !failed && <TextSkeleton lines={3} />}
      {forecast && first !== undefined && (
        <>
          <Text fz="sm">
            The first run is on <b>{momentText(forecast.firstRunAt)}</b>. It {ACTS[act].verb.toLowerCase()}s <b>{first === 0 ? "nobody" : plural(first, "customer")}</b> as things stand;
            within 90 days it will be {formatNumber(forecast.totals.go)}. This cannot be undone.
          </Text>
          {forecast.totals.blocked > 0 && <Text fz="sm">{plural(forecast.totals.blocked, "customer")} would go but for a hold or the exemption.</Text>}
          <Text fz="sm" c="dimmed">
            {noticeDays > 0 ? `Until then nothing happens, and it can be switched off. ` : "There are no days of notice: it begins with the next run. "}
            Everybody who may change policies gets a mail that says so.
          </Text>
        </>
      )}
    </ActDialog>
  );
}
