import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute, shellRoute } from "../ui/roots.ts";

const forgottenRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "forgotten-password",
  component: lazyRouteComponent(() => import("./forgotten-password.tsx"), "ForgottenPasswordPage"),
});

const setPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "set-password",
  component: lazyRouteComponent(() => import("./set-password.tsx"), "SetPasswordPage"),
});

/** Pages of strangers. */
export const accessRoutes = [forgottenRoute, setPasswordRoute] as const;

const usersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/users",
  staticData: { crumb: "Users" },
  component: lazyRouteComponent(() => import("./users.tsx"), "UsersPage"),
});

const rolesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/roles",
  staticData: { crumb: "Roles" },
  component: lazyRouteComponent(() => import("./roles.tsx"), "RolesPage"),
});

const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "settings/keys",
  staticData: { crumb: "API keys" },
  component: lazyRouteComponent(() => import("./keys.tsx"), "KeysPage"),
});

/** Settings: who may come in, and what they may do. */
export const settingsRoutes = [usersRoute, rolesRoute, keysRoute] as const;
