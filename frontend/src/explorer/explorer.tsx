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

/** Reads what `Open in explorer` put behind `#` in the address; from the window, as the router's own copy of it is half decoded. */
function readHash(): Given {
  const hash = window.location.hash.slice(1);
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

// The editors place their line numbers when they are made, which may be before their own code and style are there.
const REFRESH_MS = [300, 1000, 2500];

/** What was typed last is kept, its tabs are not: GraphiQL adds an empty one to them each time it is opened. */
function freshStorage(): Storage {
  window.sessionStorage.removeItem("graphiql:tabState");
  return window.sessionStorage;
}

function refreshEditors(): void {
  for (const editor of document.querySelectorAll<HTMLElement & { CodeMirror?: { refresh: () => void } }>(".explorer .CodeMirror")) {
    editor.CodeMirror?.refresh();
  }
}

/** GraphiQL names its fields for the eye only, and what holds an answer cannot be scrolled by keyboard; editors come and go. */
function nameEditors(page: HTMLElement): () => void {
  const mend = () => {
    for (const field of page.querySelectorAll(".CodeMirror textarea:not([aria-label])")) field.setAttribute("aria-label", "Editor");
    for (const part of page.querySelectorAll(".CodeMirror-scroll[tabindex='-1']")) part.setAttribute("tabindex", "0");
  };
  const observer = new MutationObserver(mend);
  observer.observe(page, { childList: true, subtree: true });
  return () => observer.disconnect();
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
  const [storage] = useState(freshStorage);
  const given = readHash();
  useEffect(() => {
    const timers = REFRESH_MS.map((wait) => setTimeout(refreshEditors, wait));
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }, []);
  return (
    <main className="explorer" id="content" ref={(page) => (page ? nameEditors(page) : undefined)}>
      <h1 className="explorer-title">GraphQL explorer</h1>
      <GraphiQL key={hash} fetcher={fetcher as never} storage={storage} forcedTheme={scheme} shouldPersistHeaders={false}
        defaultQuery={WELCOME} {...(given.query && { query: given.query, variables: given.variables ?? "" })} />
    </main>
  );
}
