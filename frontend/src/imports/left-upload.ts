import type { Ticket } from "./upload.ts";

/** An upload that was begun in this tab: enough to go on with it after a reload. */
export interface LeftUpload extends Ticket {
  fileId: string;
  name: string;
  size: number;
  modified: number;
}

// Of this tab only: the ticket lets its holder send these bytes, so it is not left behind on the machine.
const KEY = "regulars.upload";

/** What was left unfinished, if anything. */
export function leftUpload(): LeftUpload | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isLeft(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isLeft(value: unknown): value is LeftUpload {
  return typeof value === "object" && value !== null && "url" in value && "fileId" in value && "partSize" in value && "size" in value;
}

/** Remembers an upload, or forgets it with undefined. */
export function keepUpload(left: LeftUpload | undefined): void {
  if (left) sessionStorage.setItem(KEY, JSON.stringify(left));
  else sessionStorage.removeItem(KEY);
}

/** Whether a file that was chosen is the one whose upload was left. */
export function isSame(left: LeftUpload, file: File): boolean {
  return left.name === file.name && left.size === file.size && left.modified === file.lastModified;
}
