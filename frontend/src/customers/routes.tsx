import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "customers",
  staticData: { crumb: "Customers" },
  component: lazyRouteComponent(() => import("./list.tsx"), "CustomerListPage"),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "customers/new",
  staticData: { crumb: "New customer" },
  component: lazyRouteComponent(() => import("./list.tsx"), "CustomerListPage"),
});

const customerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "customers/$id",
  component: lazyRouteComponent(() => import("./list.tsx"), "CustomerListPage"),
});

const trashRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "trash",
  staticData: { crumb: "Trash" },
  component: lazyRouteComponent(() => import("./list.tsx"), "CustomerListPage"),
});

export const customersRoutes = [listRoute, newRoute, customerRoute, trashRoute] as const;
