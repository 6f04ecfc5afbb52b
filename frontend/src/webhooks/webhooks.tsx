import { Button, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { TextLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { EmptyState } from "../ui/states.tsx";
import { RelativeTime } from "../ui/values.tsx";
import { type Webhook, WebhookCreate, WebhooksQuery } from "./queries.ts";
import { TOPICS, WebhookStatus } from "./words.tsx";

const WebhookDialog = lazy(async () => ({ default: (await import("./webhook-dialog.tsx")).WebhookDialog }));

const columns: Column<Webhook>[] = [
  { id: "url", header: "Address", grow: 45, cell: (webhook) => <TextLink to="/settings/webhooks/$id" params={{ id: webhook.id }} c="inherit" fw={500} inherit title={webhook.url}>{webhook.url}</TextLink> },
  { id: "state", header: "State", cell: (webhook) => <WebhookStatus webhook={webhook} /> },
  { id: "topics", header: "Told of", grow: 25, cell: (webhook) => webhook.topics.map((topic) => TOPICS[topic].label).join(", "), hideOn: "phone" },
  { id: "delivered", header: "Last delivered", cell: (webhook) => <RelativeTime at={webhook.lastDeliveryAt} />, hideOn: "phone" },
  { id: "by", header: "Added by", cell: (webhook) => webhook.createdBy.name, hideOn: "narrow" },
];

const operations = [
  { title: "The webhooks", document: WebhooksQuery },
  { title: "A new one", document: WebhookCreate, variables: { input: { url: "https://shop.example.com/regulars", topics: ["CONSENT_CHANGED" as const] } } },
];

/** The systems that are told of changes. */
export function WebhooksPage() {
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const context = useMemo(() => ({ additionalTypenames: ["Webhook"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: WebhooksQuery, context });
  const add = <Button onClick={() => setAdding(true)}>New webhook</Button>;
  return (
    <Page title="Webhooks" {...(data && { aside: data.webhooks.length })} operations={operations} actions={add}>
      <Text fz="sm" c="dimmed" mb="md" maw={640}>
        A webhook is told of each change as it happens, by a signed message. What cannot be delivered is tried again for a day.
      </Text>
      <DataTable label="Webhooks" columns={columns} rows={data?.webhooks} rowId={(webhook) => webhook.id} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={({ id }) => navigate({ to: "/settings/webhooks/$id", params: { id } })} skeletonRows={3}
        empty={<EmptyState title="No webhooks yet" action={add}>Add the address of a system that should hear of changes, such as a shop or a mail service.</EmptyState>} />
      <Suspense>{adding && <WebhookDialog onClose={() => setAdding(false)} />}</Suspense>
    </Page>
  );
}
