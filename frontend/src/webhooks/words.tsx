import { Status, type Tone } from "../ui/status.tsx";
import type { Delivery, Webhook } from "./queries.ts";

type Topic = Webhook["topics"][number];

/** What a webhook may be told of, and what that means. */
export const TOPICS: Record<Topic, { label: string; about: string }> = {
  CONSENT_CHANGED: { label: "Consent changed", about: "Somebody agreed to something, refused it or took it back." },
};

const STATES: Record<Delivery["status"], [Tone, string]> = {
  QUEUED: ["going", "Queued"],
  DELIVERED: ["good", "Delivered"],
  DEAD: ["bad", "Given up"],
};

export function DeliveryStatus({ delivery }: { delivery: Delivery }) {
  const [tone, word] = STATES[delivery.status];
  return <Status tone={tone}>{word}</Status>;
}

export function WebhookStatus({ webhook }: { webhook: Pick<Webhook, "active" | "failing"> }) {
  if (!webhook.active) return <Status tone="quiet">Off</Status>;
  return webhook.failing ? <Status tone="bad">Failing</Status> : <Status tone="good">On</Status>;
}

/** The host is what people know a webhook by. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
