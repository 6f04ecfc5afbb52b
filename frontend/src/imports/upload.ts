// Sends a file part by part to its ticket. After a cut it asks the server how far it came and goes on from there.

/** Where the bytes go, as `fileCreate` answered it. */
export interface Ticket {
  url: string;
  partSize: number;
}

/** How far an upload is, as often as that changes. */
export interface Sent {
  sent: number;
  size: number;
  /** Bytes a second; undefined until it can be told. */
  rate: number | undefined;
  secondsLeft: number | undefined;
  /** The connection is cut: it goes on by itself. */
  waiting: boolean;
}

/** Why an upload ended before its end. */
export class UploadRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Upload {
  data: Blob;
  ticket: Ticket;
  onProgress: (sent: Sent) => void;
  signal: AbortSignal;
  /** Takes the place of the browser's in tests. */
  send?: typeof fetch;
  /** Resolves after so many milliseconds, or as soon as the network is back. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  now?: () => number;
}

const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const SMOOTHING = 0.3;

/** Uploads all that the server lacks; the answer comes with the last byte. Throws UploadRefused, or AbortError when it was stopped. */
export async function upload({ data, ticket, onProgress, signal, send = fetch, pause = untilOnline, now = () => performance.now() }: Upload): Promise<void> {
  const pace = new Pace(data.size, now);
  let offset: number | undefined;
  let cuts = 0;
  while (offset === undefined || offset < data.size) {
    signal.throwIfAborted();
    try {
      if (offset === undefined) {
        offset = await reached(ticket, send, signal);
        pace.begin(offset);
      } else {
        offset = await part(data, offset, ticket, send, signal);
        pace.reach(offset);
        cuts = 0;
      }
      onProgress(pace.sent(offset, false));
    } catch (reason) {
      if (signal.aborted || reason instanceof UploadRefused) throw reason;
      // What the server has of the part that was cut is known to the server only.
      onProgress(pace.sent(offset ?? 0, true));
      offset = undefined;
      await pause(PAUSES_MS[Math.min(cuts, PAUSES_MS.length - 1)] ?? 0, signal);
      cuts += 1;
    }
  }
}

/** Asks how many bytes have arrived. */
async function reached({ url }: Ticket, send: typeof fetch, signal: AbortSignal): Promise<number> {
  const response = await send(url, { method: "HEAD", signal, headers: { "X-CSRF": "1" } });
  if (!response.ok) await refuse(response);
  return offsetOf(response) ?? 0;
}

async function part(data: Blob, offset: number, { url, partSize }: Ticket, send: typeof fetch, signal: AbortSignal): Promise<number> {
  const body = data.slice(offset, offset + partSize);
  const headers = { "Content-Type": "application/octet-stream", "Upload-Offset": String(offset), "X-CSRF": "1" };
  const response = await send(url, { method: "PUT", body, signal, headers });
  // 409: the server stands elsewhere, for example because an answer was lost on its way; it says where.
  if (!response.ok && response.status !== 409) await refuse(response);
  const next = offsetOf(response);
  if (response.status === 409 && (next === undefined || next === offset)) await refuse(response);
  return next ?? offset + body.size;
}

function offsetOf(response: Response): number | undefined {
  const text = response.headers.get("Upload-Offset");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Tells a refusal, which is final, from a server that is away, after which it is tried again. */
async function refuse(response: Response): Promise<never> {
  if (response.status >= 500 || response.status === 408 || response.status === 429) throw new Error(`Status ${response.status}`);
  const body = (await response.json().catch(() => null)) as { errors?: { message?: string; extensions?: { code?: string } }[] } | null;
  const error = body?.errors?.[0];
  throw new UploadRefused(error?.extensions?.code ?? String(response.status), error?.message ?? wordsFor(response.status));
}

function wordsFor(status: number): string {
  if (status === 404) return "This upload address is over; choose the file again.";
  if (status === 401 || status === 403) return "You may not upload files, or your session has ended.";
  return `The server refused the file (status ${status}).`;
}

/** Measures how fast the bytes go; a pause without a connection is not counted. */
class Pace {
  private readonly size: number;
  private readonly now: () => number;
  private from = { at: 0, offset: 0 };
  private rate: number | undefined;

  constructor(size: number, now: () => number) {
    this.size = size;
    this.now = now;
  }

  begin(offset: number): void {
    this.from = { at: this.now(), offset };
  }

  reach(offset: number): void {
    const at = this.now();
    const seconds = Math.max(0.001, (at - this.from.at) / 1000);
    const present = (offset - this.from.offset) / seconds;
    this.rate = this.rate === undefined ? present : this.rate * (1 - SMOOTHING) + present * SMOOTHING;
    this.from = { at, offset };
  }

  sent(offset: number, waiting: boolean): Sent {
    const left = this.rate && !waiting ? (this.size - offset) / this.rate : undefined;
    return { sent: offset, size: this.size, rate: waiting ? undefined : this.rate, secondsLeft: left, waiting };
  }
}

function untilOnline(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
