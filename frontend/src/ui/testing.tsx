// Draws a component the way the app does, with answers written in the test instead of a server.
import { MantineProvider } from "@mantine/core";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { DefinitionNode, DocumentNode } from "@0no-co/graphql.web";
import type { ReactNode } from "react";
import { Client, CombinedError, cacheExchange, type Exchange, makeResult, Provider } from "urql";
import { filter, fromPromise, mergeMap, pipe } from "wonka";
import { ViewerProvider } from "./session.tsx";
import { theme, variables as themeVariables } from "./theme.ts";
import { ToastHost } from "./toast.tsx";

/** What the test's server answers: data, `{ errors }`, or a promise of either; keyed by the operation's name. */
export type Answers = Record<string, (variables: never) => unknown>;

export interface Scene {
  answers?: Answers;
  /** Those of the viewer; without it, all that the side bar knows. */
  permissions?: string[];
  /** The address that the component sees. */
  path?: string;
}

const NOTHING: Scene = {};
const EVERYTHING = [
  "customer.read", "customer.write", "customer.delete", "customer.bank.read", "import.run", "run.read",
  "settings.users", "settings.roles", "settings.keys", "settings.mail",
];

function nameOf(query: unknown): string {
  const operation = (query as DocumentNode).definitions.find((definition: DefinitionNode) => "operation" in definition);
  return operation && "name" in operation ? operation.name?.value ?? "" : "";
}

async function answer(answers: Answers, query: unknown, variables: unknown): Promise<{ data?: unknown; errors?: { message: string }[] }> {
  const name = nameOf(query);
  const given = answers[name];
  if (!given) throw new Error(`The test has no answer for ${name}.`);
  const value = await given(variables as never);
  const failed = typeof value === "object" && value !== null && "errors" in value && !("data" in value) && Array.isArray(value.errors);
  return failed ? (value as { errors: { message: string }[] }) : { data: value };
}

function answering(answers: Answers): Exchange {
  return () => (operations) =>
    pipe(
      operations,
      filter((operation) => operation.kind === "query" || operation.kind === "mutation"),
      mergeMap((operation) =>
        fromPromise(
          answer(answers, operation.query, operation.variables).then(
            (body) => makeResult(operation, body as never),
            (reason: Error) => ({ ...makeResult(operation, { data: null }), error: new CombinedError({ networkError: reason }) }),
          ),
        ),
      ),
    );
}

/** The component inside the app's look, connection, viewer and router. */
export function Stage({ children, scene = NOTHING }: { children: ReactNode; scene?: Scene }) {
  const root = createRootRoute();
  const shell = createRoute({ getParentRoute: () => root, id: "shell" });
  const page = createRoute({ getParentRoute: () => shell, path: "$", component: () => children });
  const router = createRouter({
    routeTree: root.addChildren([shell.addChildren([page])]),
    history: createMemoryHistory({ initialEntries: [scene.path ?? "/somewhere"] }),
  });
  const client = new Client({ url: "/graphql", preferGetMethod: false, exchanges: [cacheExchange, answering(scene.answers ?? {})] });
  const viewer = { id: "usr_1", name: "Ada Admin", email: "ada@example.org", roles: ["Owner"], permissions: scene.permissions ?? EVERYTHING };
  return (
    <MantineProvider theme={theme} cssVariablesResolver={themeVariables} env="test">
      <ToastHost />
      <Provider value={client}>
        <ViewerProvider viewer={viewer}>
          <RouterProvider router={router as never} />
        </ViewerProvider>
      </Provider>
    </MantineProvider>
  );
}

/** Draws it for a test. */
export function draw(children: ReactNode, scene: Scene = NOTHING) {
  return render(<Stage scene={scene}>{children}</Stage>);
}
