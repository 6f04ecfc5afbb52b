import { expect, test } from "vitest";
import { type Sent, upload, UploadRefused } from "./upload.ts";

const ticket = { url: "/files/ticket", partSize: 4 };

/** jsdom's Blob has no text(). */
function textOf(blob: Blob): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.readAsText(blob);
  });
}

/** A server that keeps bytes like the real one, and fails where the test wants it. */
class Shelf {
  kept = "";
  calls: string[] = [];
  fails: (Error | Response | "lost")[] = [];

  readonly send = async (_url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const offset = new Headers(init?.headers).get("Upload-Offset");
    this.calls.push(init?.method === "HEAD" ? "HEAD" : `PUT ${offset}`);
    const failure = init?.method === "PUT" ? this.fails.shift() : undefined;
    if (failure instanceof Error) throw failure;
    if (failure instanceof Response) return failure;
    if (init?.method === "PUT") {
      if (Number(offset) !== this.kept.length) return this.answer(409);
      this.kept += await textOf(init.body as Blob);
    }
    // The bytes arrived, their answer did not.
    if (failure === "lost") throw new TypeError("Failed to fetch");
    return this.answer(204);
  };

  private answer(status: number): Response {
    return new Response(null, { status, headers: { "Upload-Offset": String(this.kept.length) } });
  }
}

function run(shelf: Shelf, text = "abcdefghij", signal = new AbortController().signal) {
  const seen: Sent[] = [];
  const pauses: number[] = [];
  let clock = 0;
  const done = upload({
    data: new Blob([text]), ticket, signal, send: shelf.send as typeof fetch, onProgress: (sent) => seen.push(sent),
    pause: async (ms) => { pauses.push(ms); },
    now: () => (clock += 500),
  });
  return { done, seen, pauses };
}

test("sends every part once, in order", async () => {
  const shelf = new Shelf();
  const { done, seen } = run(shelf);
  await done;
  expect(shelf.kept).toBe("abcdefghij");
  expect(shelf.calls).toEqual(["HEAD", "PUT 0", "PUT 4", "PUT 8"]);
  expect(seen.map((one) => one.sent)).toEqual([0, 4, 8, 10]);
  expect(seen[1]).toEqual({ sent: 4, size: 10, rate: 8, secondsLeft: 0.75, waiting: false });
});

test("goes on where the server stands after a cut, and says that it waits", async () => {
  const shelf = new Shelf();
  shelf.fails = [undefined as never, new TypeError("Failed to fetch"), new Response(null, { status: 503 })];
  const { done, seen, pauses } = run(shelf);
  await done;
  expect(shelf.kept).toBe("abcdefghij");
  expect(shelf.calls).toEqual(["HEAD", "PUT 0", "PUT 4", "HEAD", "PUT 4", "HEAD", "PUT 4", "PUT 8"]);
  expect(seen.filter((one) => one.waiting).map((one) => one.sent)).toEqual([4, 4]);
  expect(pauses).toEqual([500, 1000]);
});

test("does not send again what arrived when only the answer was lost", async () => {
  const shelf = new Shelf();
  shelf.fails = ["lost"];
  await run(shelf).done;
  expect(shelf.kept).toBe("abcdefghij");
  expect(shelf.calls).toEqual(["HEAD", "PUT 0", "HEAD", "PUT 4", "PUT 8"]);
});

test("takes up an upload that was left", async () => {
  const shelf = new Shelf();
  shelf.kept = "abcdefgh";
  const { done, seen } = run(shelf);
  await done;
  expect(shelf.calls).toEqual(["HEAD", "PUT 8"]);
  expect(seen[0]?.sent).toBe(8);
});

test("goes where a 409 points", async () => {
  const shelf = new Shelf();
  shelf.fails = [new Response(null, { status: 409, headers: { "Upload-Offset": "4" } })];
  shelf.kept = "";
  const { done } = run(shelf);
  shelf.kept = "abcd";
  await done;
  expect(shelf.kept).toBe("abcdefghij");
});

test("ends with the server's words when it is refused", async () => {
  const shelf = new Shelf();
  const body = JSON.stringify({ errors: [{ message: "This upload address is over; start again.", extensions: { code: "NOT_FOUND" } }] });
  shelf.fails = [new Response(body, { status: 404 })];
  const refused = await run(shelf).done.catch((reason: unknown) => reason);
  expect(refused).toBeInstanceOf(UploadRefused);
  expect(refused).toMatchObject({ code: "NOT_FOUND", message: "This upload address is over; start again." });
});

test("stops when it is told to, also while it waits", async () => {
  const shelf = new Shelf();
  const control = new AbortController();
  shelf.fails = [new TypeError("Failed to fetch")];
  const pause = async () => control.abort();
  const done = upload({ data: new Blob(["abcdefghij"]), ticket, signal: control.signal, send: shelf.send as typeof fetch, onProgress: () => undefined, pause });
  await expect(done).rejects.toMatchObject({ name: "AbortError" });
  expect(shelf.calls).toEqual(["HEAD", "PUT 0"]);
});
