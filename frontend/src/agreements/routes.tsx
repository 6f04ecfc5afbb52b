import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const termsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/terms",
  staticData: { crumb: "Terms" },
  component: lazyRouteComponent(() => import("./terms.tsx"), "TermsPage"),
});

const termRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/terms/$key",
  validateSearch: (search: Record<string, unknown>): { version?: number } =>
    typeof search["version"] === "number" ? { version: search["version"] } : {},
  component: lazyRouteComponent(() => import("./term.tsx"), "TermPage"),
});

const listsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/lists",
  staticData: { crumb: "Lists" },
  component: lazyRouteComponent(() => import("./lists.tsx"), "ListsPage"),
});

const purposesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/purposes",
  staticData: { crumb: "Purposes" },
  component: lazyRouteComponent(() => import("./purposes.tsx"), "PurposesPage"),
});

/** Settings: what people can agree to. */
export const agreementsRoutes = [termsRoute, termRoute, listsRoute, purposesRoute] as const;
