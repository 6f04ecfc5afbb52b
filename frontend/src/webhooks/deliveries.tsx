import { Button, Text } from "@mantine/core";
import { useMemo } from "react";
import { useMutation, useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { Choices } from "../ui/choices.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Pager } from "../ui/pager.tsx";
import { usePolling } from "../ui/polling.ts";
import { EmptyState } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { exactTime, Missing, Num, RelativeTime } from "../ui/values.tsx";
import { DeliveriesQuery, type Delivery } from "./queries.ts";
import type { DeliveryState } from "./routes.tsx";
import { DeliveryStatus } from "./words.tsx";

const WebhookReplay = graphql(`
  mutation WebhookReplay($id: ID!, $input: WebhookReplayInput!) {
    webhookReplay(id: $id, input: $input) { delivery { id status attempts nextAt } applied errors { code message path } }
  }
`);

const OPTIONS: { value: DeliveryState | "ALL"; label: string }[] = [
  { value: "ALL", label: "All" },
  { value: "QUEUED", label: "Queued" },
  { value: "DELIVERED", label: "Delivered" },
  { value: "DEAD", label: "Given up" },
];
const POLL_MS = 3000;

function answerOf(delivery: Delivery) {
  if (delivery.error) return <span title={delivery.error}>{delivery.error}</span>;
  return delivery.lastStatus ?? <Missing />;
}

function columnsOf(onReplay: (delivery: Delivery) => void): Column<Delivery>[] {
  return [
    { id: "topic", header: "Message", cell: (delivery) => <Text component="span" inherit fw={500}>{delivery.topic}</Text> },
    { id: "status", header: "State", cell: (delivery) => <DeliveryStatus delivery={delivery} /> },
    { id: "answer", header: "Answer", grow: 45, cell: answerOf, hideOn: "phone" },
    { id: "attempts", header: "Tries", align: "right", cell: (delivery) => <Num value={delivery.attempts} />, hideOn: "phone" },
    { id: "next", header: "Next try", cell: nextTryOf, hideOn: "narrow" },
    { id: "at", header: "Happened", cell: (delivery) => <RelativeTime at={delivery.at} /> },
    {
      id: "act", header: "Actions", silent: true, align: "right",
      cell: (delivery) => delivery.status !== "QUEUED" && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onReplay(delivery)} aria-label={`Replay ${delivery.id}`}>Replay</Button>
      ),
    },
  ];
}

const SOON_MS = 60_000;

/** A time to come, which within the minute is no number yet. */
function nextTryOf({ nextAt }: Delivery) {
  if (nextAt === null || Date.parse(nextAt) - Date.now() >= SOON_MS) return <RelativeTime at={nextAt} />;
  return <time dateTime={nextAt} title={exactTime(nextAt)}>in a moment</time>;
}

interface DeliveriesProps {
  webhookId: string;
  /** Only those in this state. */
  state: DeliveryState | undefined;
  after: string | undefined;
  onShow: (part: { state?: DeliveryState; after?: string }) => void;
}

/** What was sent to a webhook, and what waits. */
export function Deliveries({ webhookId, state, after, onShow }: DeliveriesProps) {
  const variables = { webhookId, first: 50, after: after ?? null, status: state ?? null };
  const context = useMemo(() => ({ additionalTypenames: ["WebhookDelivery"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: DeliveriesQuery, variables, context });
  const [, replay] = useMutation(WebhookReplay);
  const waiting = data?.webhookDeliveries.nodes.some(({ status }) => status === "QUEUED") ?? false;
  usePolling(() => ask({ requestPolicy: "network-only" }), waiting ? POLL_MS : undefined);
  const columns = useMemo(() => columnsOf(async (delivery) => {
    const answer = await replay({ id: delivery.id, input: {} });
    const errors = answer.data?.webhookReplay.errors ?? [];
    if (answer.error) toastError(answer.error, "Nothing was queued.");
    else if (errors.length > 0) toastError(errors, "Nothing was queued.");
    else toast("Queued again");
  }), [replay]);
  const page = data?.webhookDeliveries.pageInfo;
  const onward = page?.hasNextPage && page.endCursor ? page.endCursor : undefined;
  return (
    <section aria-label="Deliveries">
      <div style={{ paddingBottom: 8 }}>
        <Choices label="Which deliveries" value={state ?? "ALL"} options={OPTIONS} onChange={(next) => onShow(next === "ALL" ? {} : { state: next })} />
      </div>
      <DataTable label="Deliveries" columns={columns} rows={data?.webhookDeliveries.nodes} rowId={(delivery) => delivery.id} fetching={fetching && !waiting} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} skeletonRows={5}
        empty={state
          ? <EmptyState title="None in this state">Choose All to see every delivery.</EmptyState>
          : <EmptyState title="Nothing was sent yet">Messages appear here when something changes, or when you send a test. They are kept for 30 days.</EmptyState>} />
      <Pager onBack={after ? () => window.history.back() : undefined} onForward={onward ? () => onShow({ ...(state && { state }), after: onward }) : undefined} />
    </section>
  );
}
