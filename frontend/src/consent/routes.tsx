import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

interface ReviewSearch {
  /** Open ones, unless it says otherwise. */
  status?: "accepted" | "rejected" | "all";
  why?: string;
  after?: string;
  before?: string;
}

const reviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "privacy/review",
  staticData: { crumb: "Consent review" },
  validateSearch: ({ status, why, after, before }): ReviewSearch => ({
    ...((status === "accepted" || status === "rejected" || status === "all") && { status }),
    ...(typeof why === "string" && { why }),
    ...(typeof after === "string" ? { after } : typeof before === "string" && { before }),
  }),
  component: lazyRouteComponent(() => import("./review.tsx"), "ReviewPage"),
});

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

/** Consent beyond one customer: what imports could not prove, the whole ledger, who counts as reachable, partner systems. */
export const consentRoutes = [reviewRoute, ledgerRoute, reachabilityRoute, partnersRoute] as const;
