import { createRootRoute, createRoute } from "@tanstack/react-router";

/** Above every page, signed in or not. What it draws is said in app/router.tsx. */
export const rootRoute = createRootRoute();

/** Above every page of a signed-in person: side bar, top bar, palette. What it draws is said in app/router.tsx. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell" });
