import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";
import { type ListSearch, readListSearch } from "./search.ts";

interface ProfileSearch {
  tab?: "details" | "history";
  /** The field whose history is shown, by its declared path. */
  field?: string;
  log?: "access";
}

interface TrashSearch {
  after?: string;
  before?: string;
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "customers",
  staticData: { crumb: "Customers" },
  validateSearch: (search): ListSearch => readListSearch(search),
  component: lazyRouteComponent(() => import("./list.tsx"), "CustomerListPage"),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "customers/new",
  staticData: { crumb: "New customer" },
  component: lazyRouteComponent(() => import("./new.tsx"), "NewCustomerPage"),
});

const customerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "customers/$id",
  validateSearch: ({ tab, field, log }): ProfileSearch => ({
    ...((tab === "details" || tab === "history") && { tab }),
    ...(typeof field === "string" && { field }),
    ...(log === "access" && { log }),
  }),
  component: lazyRouteComponent(() => import("./customer.tsx"), "CustomerPage"),
});

const trashRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "trash",
  staticData: { crumb: "Trash" },
  validateSearch: ({ after, before }): TrashSearch => ({
    ...(typeof after === "string" ? { after } : typeof before === "string" && { before }),
  }),
  component: lazyRouteComponent(() => import("./trash.tsx"), "TrashPage"),
});

export const customersRoutes = [listRoute, newRoute, customerRoute, trashRoute] as const;
