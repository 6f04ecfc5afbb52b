import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "exports",
  staticData: { crumb: "Exports" },
  validateSearch: (search: Record<string, unknown>): { after?: string } => (typeof search["after"] === "string" && search["after"] !== "" ? { after: search["after"] } : {}),
  component: lazyRouteComponent(() => import("./list.tsx"), "ExportsPage"),
});

export const exportsRoutes = [listRoute] as const;
