import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const outboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "outbox",
  staticData: { crumb: "Outbox" },
  component: lazyRouteComponent(() => import("./outbox.tsx"), "OutboxPage"),
});

export const mailRoutes = [outboxRoute] as const;
