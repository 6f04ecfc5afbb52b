import "graphiql/style.css";
import "./explorer.css";
import { useComputedColorScheme } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useLocation } from "@tanstack/react-router";
import { GraphiQL } from "graphiql";
import { type DocumentNode, getOperationAST } from "graphql";
import { useEffect, useState } from "react";
import { socket } from "../ui/socket.ts";

interface Given {
  query?: string;
  variables?: string;
}

/** Reads what `Open in explorer` put behind `#` in the address. */
function readHash(hash: string): Given {
  if (!hash) return {};
  try {
    const { query, variables } = JSON.parse(decodeURIComponent(hash)) as { query?: unknown; variables?: unknown };
    return typeof query === "string" ? { query, variables: JSON.stringify(variables ?? {}, null, 2) } : {};
  } catch {
    return {};
  }
}

interface Request {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown>;
}

async function post(request: Request): Promise<object> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json", "X-CSRF": "1" },
    body: JSON.stringify(request),
  });
  return (await response.json()) as object;
}

async function* follow(request: Request): AsyncGenerator<object> {
  const open = await socket();
  yield* open.iterate({ query: request.query, variables: request.variables ?? null, operationName: request.operationName ?? null });
}

/** Queries and mutations are posted as the app posts its own; subscriptions go over the socket. */
function fetcher(request: Request, options?: { documentAST?: DocumentNode }): Promise<object> | AsyncGenerator<object> {
  const operation = options?.documentAST && getOperationAST(options.documentAST, request.operationName);
  return operation?.operation === "subscription" ? follow(request) : post(request);
}

const WELCOME = `# Everything that this app does it does through this API.
# Ctrl Enter runs the query; the book at the left holds the schema.
query Hello {
  viewer {
    name
    permissions
  }
}
`;

/** GraphiQL for the signed-in. What is typed here is kept until the browser tab is closed, and no longer. */
export function ExplorerPage() {
  useDocumentTitle("GraphQL explorer · Regulars");
  const scheme = useComputedColorScheme("light");
  const { hash } = useLocation();
  const [storage] = useState(() => window.sessionStorage);
  const given = readHash(hash);
  // The editor measures its line numbers when it is made, before its font may be there; a resize makes it measure again.
  useEffect(() => {
    const timer = setTimeout(() => window.dispatchEvent(new Event("resize")), 400);
    return () => clearTimeout(timer);
  }, [hash]);
  return (
    <main className="explorer" id="content">
      <h1 className="explorer-title">GraphQL explorer</h1>
      <GraphiQL key={hash} fetcher={fetcher as never} storage={storage} forcedTheme={scheme} shouldPersistHeaders={false}
        defaultQuery={WELCOME} {...(given.query && { initialQuery: given.query, initialVariables: given.variables ?? "" })} />
    </main>
  );
}
