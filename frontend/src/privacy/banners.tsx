import { Button } from "@mantine/core";
import { IconClockPause, IconGavel, IconHourglass, IconEyeOff } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { CancelDialog } from "../runs/cancel-dialog.tsx";
import { TextLink } from "../ui/links.tsx";
import { useCan } from "../ui/session.tsx";
import { plainDate } from "../ui/values.tsx";
import styles from "./privacy.module.css";
import type { CustomerPrivacy } from "./queries.ts";
import { useCustomerPrivacy } from "./use-customer-privacy.ts";
import { ACTS, holdText, retentionText } from "./words.ts";

const HoldLiftDialog = lazy(async () => ({ default: (await import("./hold-dialog.tsx")).HoldLiftDialog }));

/** What keeps this customer, or will take her away: nothing is drawn for most. */
export function PrivacyBanners({ id, name }: { id: string; name: string }) {
  const customer = useCustomerPrivacy(id, "cache-and-network");
  if (!customer) return null;
  const { hold, privacyRequest, retention, anonymizedAt } = customer;
  return (
    <>
      {anonymizedAt && (
        <Banner icon={<IconEyeOff size={16} aria-hidden="true" />}>Anonymized on {plainDate(anonymizedAt.slice(0, 10))}. Nothing here says who it was, and nothing can be added.</Banner>
      )}
      {hold && <HoldBanner id={id} name={name} hold={hold} />}
      {privacyRequest && <RequestBanner request={privacyRequest} />}
      {retention && !privacyRequest && (
        <Banner icon={<IconClockPause size={16} aria-hidden="true" />}>{retentionText(retention)}.</Banner>
      )}
    </>
  );
}

/** A quiet line over the profile; `warm` where it is about something that will happen or must not. */
function Banner({ icon, warm = false, children, action }: { icon: ReactNode; warm?: boolean; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={warm ? `${styles.banner} ${styles.warm}` : styles.banner} role="status">
      {icon}
      <span>{children}</span>
      {action}
    </div>
  );
}

function HoldBanner({ id, name, hold }: { id: string; name: string; hold: NonNullable<CustomerPrivacy["hold"]> }) {
  const can = useCan();
  const [lifting, setLifting] = useState(false);
  return (
    <>
      <Banner warm icon={<IconGavel size={16} aria-hidden="true" />} action={can("customer.hold") && <Button variant="default" onClick={() => setLifting(true)}>Lift hold</Button>}>
        {holdText(hold)}: it can be neither anonymized nor erased. Since {plainDate(hold.at)}, by {hold.by.name}{hold.reason ? <>: “<bdi>{hold.reason}</bdi>”</> : "."}
      </Banner>
      <Suspense>{lifting && <HoldLiftDialog id={id} name={name} hold={hold} onClose={() => setLifting(false)} />}</Suspense>
    </>
  );
}

function RequestBanner({ request }: { request: NonNullable<CustomerPrivacy["privacyRequest"]> }) {
  const can = useCan();
  const [cancelling, setCancelling] = useState(false);
  const act = request.privacy?.act ?? "ERASE";
  const applyAt = request.privacy?.applyAt;
  const waits = request.status === "READY";
  const when = waits ? (applyAt ? `Will be ${ACTS[act].done} on ${plainDate(applyAt)}` : `Is to be ${ACTS[act].done}: a plan waits`) : `Is being ${ACTS[act].done}`;
  return (
    <>
      <Banner warm icon={<IconHourglass size={16} aria-hidden="true" />}
        action={waits && can(ACTS[act].permission) && <Button variant="default" onClick={() => setCancelling(true)}>Cancel</Button>}>
        {when}, asked for by {request.createdBy.name}{request.privacy?.reason ? <>: “<bdi>{request.privacy.reason}</bdi>”</> : "."}{" "}
        {can("run.read") && <TextLink to="/runs/$id" params={{ id: request.id }} inherit c="inherit" td="underline">Open the request</TextLink>}
      </Banner>
      {cancelling && <CancelDialog run={{ ...request, title: `the ${ACTS[act].noun}` }} onClose={() => setCancelling(false)} />}
    </>
  );
}
