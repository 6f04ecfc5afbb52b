import { useEffect, useRef, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { failureOf } from "../ui/errors.ts";
import { isSame, keepUpload, type LeftUpload, leftUpload } from "./left-upload.ts";
import { type Sent, upload, UploadRefused } from "./upload.ts";

export const FileCreate = graphql(`
  mutation FileCreate($input: FileCreateInput!) {
    fileCreate(input: $input) { file { id name size uploaded complete } uploadUrl partSize errors { code message path } }
  }
`);

export type UploadState =
  | { at: "idle" }
  | { at: "sending"; name: string; sent: Sent }
  | { at: "refused"; name: string; message: string };

interface Uploading {
  state: UploadState;
  /** An upload of this tab that was cut off by leaving the page. */
  left: LeftUpload | undefined;
  start: (file: File) => void;
  stop: () => void;
}

const IDLE: UploadState = { at: "idle" };

/** Uploads the file that was chosen; `onDone` gets its id. Leaving the page stops it, and it can be taken up again. */
export function useUpload(onDone: (fileId: string) => void): Uploading {
  const [state, setState] = useState<UploadState>(IDLE);
  const [left, setLeft] = useState(leftUpload);
  const [, create] = useMutation(FileCreate);
  const control = useRef<AbortController>(undefined);
  useEffect(() => () => control.current?.abort(), []);

  const announce = async (file: File): Promise<LeftUpload> => {
    const known = leftUpload();
    if (known && isSame(known, file)) return known;
    const { data, error } = await create({ input: { name: file.name, size: file.size } });
    if (error) throw new UploadRefused("REFUSED", failureOf(error).message);
    const made = data?.fileCreate;
    if (!made?.file || !made.uploadUrl) throw new UploadRefused("REFUSED", made?.errors.map((one) => one.message).join(" ") ?? "The server gave no place for the file.");
    return { fileId: made.file.id, url: made.uploadUrl, partSize: made.partSize, name: file.name, size: file.size, modified: file.lastModified };
  };

  const start = async (file: File) => {
    control.current?.abort();
    const mine = new AbortController();
    control.current = mine;
    const show = (sent: Sent) => setState({ at: "sending", name: file.name, sent });
    show({ sent: 0, size: file.size, rate: undefined, secondsLeft: undefined, waiting: false });
    try {
      const ticket = await announce(file);
      keepUpload(ticket);
      await upload({ data: file, ticket, onProgress: show, signal: mine.signal });
      keepUpload(undefined);
      onDone(ticket.fileId);
    } catch (reason) {
      if (mine.signal.aborted) return;
      keepUpload(undefined);
      setLeft(undefined);
      setState({ at: "refused", name: file.name, message: reason instanceof UploadRefused ? reason.message : "The file could not be read." });
    }
  };

  const stop = () => {
    control.current?.abort();
    keepUpload(undefined);
    setLeft(undefined);
    setState(IDLE);
  };
  return { state, left, start: (file) => void start(file), stop };
}
