import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";
import { type ListSearch, readListSearch } from "./search.ts";

interface ProfileSearch {
  tab?: "details" | "consent" | "history";
  /** The field whose history is shown, by its declared path. */
  field?: string;
  log?: "access";
  /** Of the consent tab: the purpose that is looked at, and the filter of the identifiers. */
  purpose?: string;
  kind?: string;
  state?: string;
  /** The part of the ledger that is open: "all" or a topic, and the key of an identifier. */
  ledger?: string;
  of?: string;
}

const WORDS = ["field", "purpose", "kind", "state", "ledger", "of"] as const;

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
  validateSearch: ({ tab, log, ...rest }): ProfileSearch => ({
    ...((tab === "details" || tab === "consent" || tab === "history") && { tab }),
    ...(log === "access" && { log }),
    ...Object.fromEntries(WORDS.flatMap((name) => (typeof rest[name] === "string" ? [[name, rest[name]]] : []))),
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
