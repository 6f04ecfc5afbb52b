import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const RUNS = ["all", "going", "ready", "finished", "failed"] as const;
export type RunsShown = (typeof RUNS)[number];

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "runs",
  staticData: { crumb: "Runs" },
  validateSearch: (search: Record<string, unknown>): { show?: RunsShown; after?: string } => ({
    ...(RUNS.includes(search["show"] as RunsShown) && { show: search["show"] as RunsShown }),
    ...(typeof search["after"] === "string" && { after: search["after"] }),
  }),
  component: lazyRouteComponent(() => import("./list.tsx"), "RunsPage"),
});

const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "runs/$id",
  component: lazyRouteComponent(() => import("./run.tsx"), "RunPage"),
});

export const runsRoutes = [listRoute, runRoute] as const;
