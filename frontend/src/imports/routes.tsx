import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../ui/roots.ts";
import { type Proof, readProof } from "./consents.ts";
import { type Chosen, readChosen } from "./mapping.ts";
import { OUTCOMES, type Outcome } from "./outcomes.ts";

/** What stands in the address of the first two steps: the file that was uploaded, and what was chosen for it. */
export interface NewSearch {
  file?: string | undefined;
  encoding?: string | undefined;
  delimiter?: string | undefined;
  columns?: Chosen | undefined;
  keyless?: boolean | undefined;
  /** What proves the file's consents. */
  consent?: Proof | undefined;
  /** The plan that is made anew; it is cancelled when the new one stands. */
  from?: string | undefined;
}

/** What stands in the address of a plan or a result: which rows are shown. */
export interface RowsSearch {
  rows?: Outcome | undefined;
  problem?: string | undefined;
  after?: string | undefined;
}

function text<Name extends string>(search: Record<string, unknown>, ...names: Name[]): { [K in Name]?: string } {
  const found: { [K in Name]?: string } = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" && value !== "") found[name] = value;
  }
  return found;
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "imports",
  staticData: { crumb: "Imports" },
  validateSearch: (search: Record<string, unknown>): { after?: string } => text(search, "after"),
  component: lazyRouteComponent(() => import("./list.tsx"), "ImportsPage"),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "imports/new",
  staticData: { crumb: "New import" },
  validateSearch: (search: Record<string, unknown>): NewSearch => ({
    ...text(search, "file", "encoding", "delimiter", "from"),
    ...(search["columns"] !== undefined && { columns: readChosen(search["columns"]) }),
    ...(search["keyless"] === true && { keyless: true }),
    ...(search["consent"] !== undefined && { consent: readProof(search["consent"]) }),
  }),
  component: lazyRouteComponent(() => import("./new.tsx"), "NewImportPage"),
});

const importRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "imports/$id",
  validateSearch: (search: Record<string, unknown>): RowsSearch => ({
    ...text(search, "problem", "after"),
    ...(OUTCOMES.includes(search["rows"] as Outcome) && { rows: search["rows"] as Outcome }),
  }),
  component: lazyRouteComponent(() => import("./import.tsx"), "ImportPage"),
});

export const importsRoutes = [listRoute, newRoute, importRoute] as const;
