import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const explorerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "explorer",
  staticData: { crumb: "GraphQL explorer" },
  component: lazyRouteComponent(() => import("./explorer.tsx"), "ExplorerPage"),
});

export const explorerRoutes = [explorerRoute] as const;
