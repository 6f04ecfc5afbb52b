import { createRoute, redirect } from "@tanstack/react-router";
import { rootRoute } from "../ui/roots.ts";

/** The first page is the customer list. */
export const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    // The shell shows the sign-in, or the first page that the person may see.
    throw redirect({ to: "/customers" });
  },
});
