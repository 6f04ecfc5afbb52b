import type { SubscribePayload } from "graphql-ws";
import { Client, cacheExchange, fetchExchange, mapExchange, type Operation, subscriptionExchange } from "urql";
import { failureOf } from "../ui/errors.ts";
import { connection } from "./connection.ts";
import { socket } from "../ui/socket.ts";

// Queries that were refused because the session had ended; they run again after the next sign-in.
const waiting = new Map<number, Operation>();

const notice = mapExchange({
  onResult({ error, operation }) {
    if (operation.kind === "subscription") return;
    if (!error) {
      connection.reached();
      return;
    }
    const { kind } = failureOf(error);
    if (kind === "offline") connection.lost();
    else connection.reached();
    if (kind !== "signed-out") return;
    if (operation.kind === "query") waiting.set(operation.key, operation);
    connection.sessionEnded();
  },
});

/** The one connection to the API. Document cache: a mutation's answer makes the queries that hold the same types ask again. */
export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  requestPolicy: "cache-and-network",
  // A custom header cannot be sent by another site's form, so the cookie alone is never enough.
  fetchOptions: { headers: { "X-CSRF": "1" }, credentials: "same-origin" },
  exchanges: [
    cacheExchange,
    notice,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables, operationName }) => ({
        subscribe(sink) {
          let stop: (() => void) | undefined;
          let stopped = false;
          const payload: SubscribePayload = { query: query ?? "", variables: variables ?? null, operationName: operationName ?? null };
          void socket().then((open) => {
            if (!stopped) stop = open.subscribe(payload, { ...sink, error: (reason) => sink.error(reason) });
          });
          return {
            unsubscribe() {
              stopped = true;
              stop?.();
            },
          };
        },
      }),
    }),
  ],
});

/** Asks again what was refused while the session had ended. */
export function askAgain(): void {
  for (const operation of waiting.values()) {
    client.reexecuteOperation(client.createRequestOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
  }
  waiting.clear();
}
