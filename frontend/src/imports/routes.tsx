import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "imports",
  staticData: { crumb: "Imports" },
  component: lazyRouteComponent(() => import("./list.tsx"), "ImportsPage"),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "imports/new",
  staticData: { crumb: "New import" },
  component: lazyRouteComponent(() => import("./list.tsx"), "ImportsPage"),
});

const importRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "imports/$id",
  component: lazyRouteComponent(() => import("./list.tsx"), "ImportsPage"),
});

export const importsRoutes = [listRoute, newRoute, importRoute] as const;
