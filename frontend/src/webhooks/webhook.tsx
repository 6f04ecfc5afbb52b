import { Button, Menu, Text } from "@mantine/core";
import { IconKey, IconPlayerPause, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useMutation, useQuery } from "urql";
import { useCrumb } from "../ui/crumb.ts";
import { ButtonLink } from "../ui/links.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { EmptyState, ErrorState, TextSkeleton } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { Deliveries } from "./deliveries.tsx";
import { DeliveriesQuery, type Webhook, WebhooksQuery, WebhookTest, WebhookUpdate } from "./queries.ts";
import { hostOf, TOPICS, WebhookStatus } from "./words.tsx";

const WebhookDialog = lazy(async () => ({ default: (await import("./webhook-dialog.tsx")).WebhookDialog }));
const RotateDialog = lazy(async () => ({ default: (await import("./rotate-dialog.tsx")).RotateDialog }));
const DeleteDialog = lazy(async () => ({ default: (await import("./delete-dialog.tsx")).DeleteDialog }));

const route = getRouteApi("/shell/settings/webhooks/$id");

/** One webhook: where it goes, how it fares, and every message of the last 30 days. */
export function WebhookPage() {
  const { id } = route.useParams();
  const context = useMemo(() => ({ additionalTypenames: ["Webhook", "WebhookDelivery"] }), []);
  const [{ data, error }, ask] = useQuery({ query: WebhooksQuery, context });
  const webhook = data?.webhooks.find((one) => one.id === id);
  useCrumb(webhook && hostOf(webhook.url));
  const operations = [
    { title: "What was sent", document: DeliveriesQuery, variables: { webhookId: id, first: 50 } },
    { title: "Send a test", document: WebhookTest, variables: { id, input: {} } },
  ];
  if (webhook) return <Found webhook={webhook} operations={operations} />;
  return (
    <Page title="Webhook" operations={operations}>
      {error && <ErrorState error={error} onRetry={() => ask({ requestPolicy: "network-only" })} />}
      {!data && !error && <TextSkeleton lines={6} />}
      {data && (
        <EmptyState title="There is no such webhook" action={<ButtonLink variant="default" to="/settings/webhooks">All webhooks</ButtonLink>}>
          It may have been deleted, or the address is cut.
        </EmptyState>
      )}
    </Page>
  );
}

type Operations = Parameters<typeof Page>[0]["operations"];
type Open = "edit" | "rotate" | "delete";

function Found({ webhook, operations }: { webhook: Webhook; operations: Operations }) {
  const { state, after } = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const [{ fetching }, test] = useMutation(WebhookTest);
  const [, update] = useMutation(WebhookUpdate);
  const leave = () => void navigate({ to: "/settings/webhooks" });
  useShortcut("e", "Edit the webhook", () => setOpen("edit"));
  useShortcut("Escape", "Back to the webhooks", leave);
  const send = async () => {
    const { data, error } = await test({ id: webhook.id, input: {} });
    if (error ?? !data?.webhookTest.applied) toastError(error ?? data?.webhookTest.errors ?? [], "Nothing was sent.");
    else toast("A test is on its way");
  };
  const toggle = async () => {
    const { data, error } = await update({ id: webhook.id, input: { active: !webhook.active } });
    if (error ?? !data?.webhookUpdate.applied) toastError(error ?? data?.webhookUpdate.errors ?? [], "Nothing was changed.");
    else toast(webhook.active ? `${hostOf(webhook.url)} is told of nothing now` : `${hostOf(webhook.url)} is told of changes again`);
  };
  const menu = (
    <>
      <Menu.Item leftSection={<IconKey size={15} />} onClick={() => setOpen("rotate")}>New secret</Menu.Item>
      <Menu.Item leftSection={webhook.active ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={toggle}>{webhook.active ? "Switch off" : "Switch on"}</Menu.Item>
      <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => setOpen("delete")}>Delete</Menu.Item>
    </>
  );
  const actions = (
    <>
      <Button variant="default" onClick={() => setOpen("edit")}>Edit</Button>
      <Button loading={fetching} onClick={send}>Send a test</Button>
    </>
  );
  return (
    <Page title={hostOf(webhook.url)} operations={operations} actions={actions} menu={menu}>
      <Text fz="sm" component="div" mb="md" style={{ overflowWrap: "anywhere" }}>
        <WebhookStatus webhook={webhook} /> <Text span inherit c="dimmed">· {webhook.url} · {webhook.topics.map((topic) => TOPICS[topic].label).join(", ")}</Text>
      </Text>
      {webhook.active && webhook.failing && (
        <div style={{ paddingBottom: 16 }}>
          <Notice tone="bad" title="Five tries or more failed in a row">
            What is due waits, and one message at a time is tried until one arrives. When the receiver works again, send a test: the rest follows by itself.
          </Notice>
        </div>
      )}
      <Deliveries webhookId={webhook.id} state={state} after={after} onShow={(search) => void navigate({ search })} />
      <Suspense>
        {open === "edit" && <WebhookDialog webhook={webhook} onClose={close} />}
        {open === "rotate" && <RotateDialog webhook={webhook} onClose={close} />}
        {open === "delete" && <DeleteDialog webhook={webhook} onClose={close} onDeleted={leave} />}
      </Suspense>
    </Page>
  );
}
