import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const STATES = ["QUEUED", "DELIVERED", "DEAD"] as const;
export type DeliveryState = (typeof STATES)[number];

const webhooksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/webhooks",
  staticData: { crumb: "Webhooks" },
  component: lazyRouteComponent(() => import("./webhooks.tsx"), "WebhooksPage"),
});

const webhookRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/webhooks/$id",
  validateSearch: (search: Record<string, unknown>): { state?: DeliveryState; after?: string } => {
    const state = STATES.find((one) => one === search["state"]);
    return { ...(state && { state }), ...(typeof search["after"] === "string" && { after: search["after"] }) };
  },
  component: lazyRouteComponent(() => import("./webhook.tsx"), "WebhookPage"),
});

/** Settings: which systems are told of changes. */
export const webhooksRoutes = [webhooksRoute, webhookRoute] as const;
