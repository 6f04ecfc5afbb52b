import type { Client } from "graphql-ws";

let opened: Promise<Client> | undefined;

/** The socket for subscriptions; its code is fetched and it is opened when the first one starts. */
export function socket(): Promise<Client> {
  opened ??= import("graphql-ws").then(({ createClient }) => {
    const url = new URL("/graphql", window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    return createClient({ url: url.href, lazy: true, retryAttempts: 5 });
  });
  return opened;
}

/** Leaves the socket of a session that is over. */
export function closeSocket(): void {
  void opened?.then((open) => open.dispose());
  opened = undefined;
}
