// How a room registers its pages.
//
// 1. The room writes `src/<room>/routes.tsx`. It hangs each route under `shellRoute` (pages of the signed-in, with side bar)
//    or `rootRoute` (pages of strangers), both from `ui/roots.ts`, and exports them as one tuple:
//
//      const listRoute = createRoute({
//        getParentRoute: () => shellRoute,
//        path: "customers",
//        validateSearch: (search): ListSearch => readSearch(search),
//        staticData: { crumb: "Customers" },
//        component: lazyRouteComponent(() => import("./list.tsx"), "CustomerListPage"),
//      });
//      export const customersRoutes = [listRoute, ...] as const;
//
// 2. The tuple is spread below. Every page is lazy: its code is fetched when it is opened.
// 3. A page reads its own address with `getRouteApi("/shell/customers")` (the route's id), and links by path:
//    `<TextLink to="/customers/$id" params={{ id }}>`.
// 4. The side bar line, with the permission it asks for, goes into `app/places.ts`.
//
// Rooms import `ui` and never each other, except that a page may use what `runs/progress.tsx` exports, that a customer's page
// and filters show what `consent` has to say, its list opens the dialog of `exports`, its page, its list and a run's page those of `privacy`
// (which asks for exemptions with the filters of the customer list), and that the partner page makes keys with the dialog of `access`.
import { createRouter } from "@tanstack/react-router";
import { accessRoutes, settingsRoutes } from "../access/routes.tsx";
import { agreementsRoutes } from "../agreements/routes.tsx";
import { consentRoutes } from "../consent/routes.tsx";
import { customersRoutes } from "../customers/routes.tsx";
import { exportsRoutes } from "../exports/routes.tsx";
import { explorerRoutes } from "../explorer/routes.tsx";
import { importsRoutes } from "../imports/routes.tsx";
import { mailRoutes } from "../mail/routes.tsx";
import { privacyRoutes } from "../privacy/routes.tsx";
import { runsRoutes } from "../runs/routes.tsx";
import { rootRoute, shellRoute } from "../ui/roots.ts";
import { webhooksRoutes } from "../webhooks/routes.tsx";
import { homeRoute } from "./home.tsx";
import { Missed, Root, Torn } from "./root.tsx";
import { lazyRouteComponent } from "@tanstack/react-router";

rootRoute.update({ component: Root, notFoundComponent: Missed, errorComponent: Torn });
shellRoute.update({ component: lazyRouteComponent(() => import("./shell.tsx"), "Shell") });

const tree = rootRoute.addChildren([
  homeRoute,
  ...accessRoutes,
  shellRoute.addChildren([
    ...customersRoutes, ...consentRoutes, ...privacyRoutes, ...importsRoutes, ...exportsRoutes, ...runsRoutes, ...settingsRoutes, ...agreementsRoutes, ...mailRoutes, ...webhooksRoutes, ...explorerRoutes,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: Missed,
  defaultErrorComponent: Torn,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** What the top bar calls the page. */
    crumb?: string;
  }
}
