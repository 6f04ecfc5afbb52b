import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const ledgerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "privacy/ledger",
  staticData: { crumb: "Ledger" },
  component: lazyRouteComponent(() => import("./ledger.tsx"), "LedgerPage"),
});

const reachabilityRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/reachability",
  staticData: { crumb: "Reachability" },
  component: lazyRouteComponent(() => import("./reachability.tsx"), "ReachabilityPage"),
});

const partnersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/partners",
  staticData: { crumb: "Partners" },
  component: lazyRouteComponent(() => import("./partners.tsx"), "PartnersPage"),
});

/** Consent beyond one customer: the whole ledger, who counts as reachable, partner systems. */
export const consentRoutes = [ledgerRoute, reachabilityRoute, partnersRoute] as const;
