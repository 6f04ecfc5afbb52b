import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

export interface PrivacySearch {
  /** Requests, unless it says otherwise. */
  tab?: "retention" | "suppressed";
  after?: string;
  /** The retention policy whose forecast is open, and who of it is listed. */
  policy?: string;
  who?: "go" | "stay";
}

const privacyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "privacy/erasure",
  staticData: { crumb: "Erasure & retention" },
  validateSearch: ({ tab, after, policy, who }): PrivacySearch => ({
    ...((tab === "retention" || tab === "suppressed") && { tab }),
    ...(typeof after === "string" && { after }),
    ...(typeof policy === "string" && { policy }),
    ...((who === "go" || who === "stay") && { who }),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "PrivacyPage"),
});

export const privacyRoutes = [privacyRoute] as const;
