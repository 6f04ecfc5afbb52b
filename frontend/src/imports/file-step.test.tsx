import { configure, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { draw } from "../ui/testing.tsx";
import { FileStep } from "./file-step.tsx";
import { keepUpload, leftUpload } from "./left-upload.ts";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 20_000 });

const file = new File(["email\na@example.org\n"], "people.csv", { type: "text/csv", lastModified: 1000 });
const left = { fileId: "fil_1", url: "/files/ticket", partSize: 8, name: "people.csv", size: file.size, modified: 1000 };
const calls: string[] = [];

beforeEach(() => {
  calls.length = 0;
  sessionStorage.clear();
  let kept = 8;
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    calls.push(init.method === "HEAD" ? "HEAD" : `PUT ${new Headers(init.headers).get("Upload-Offset")}`);
    if (init.method === "PUT") kept += (init.body as Blob).size;
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(kept) } });
  });
});
afterEach(() => vi.unstubAllGlobals());

function choose(chosen: File): void {
  fireEvent.change(screen.getByLabelText("CSV file"), { target: { files: [chosen] } });
}

test("an upload that was cut off by a reload goes on where it stopped, with the same file", async () => {
  keepUpload(left);
  const done = vi.fn();
  draw(<FileStep onDone={done} />);
  expect(await screen.findByText("The upload of people.csv was cut off")).toBeTruthy();
  choose(file);
  await waitFor(() => expect(done).toHaveBeenCalledWith("fil_1"));
  expect(calls).toEqual(["HEAD", "PUT 8", "PUT 16"]);
  expect(leftUpload()).toBeUndefined();
});

test("another file begins anew", async () => {
  keepUpload({ ...left, size: 999 });
  const done = vi.fn();
  const FileCreate = () => ({ fileCreate: { file: { id: "fil_2", name: "people.csv", size: file.size, uploaded: 0, complete: false }, uploadUrl: "/files/other", partSize: 100, errors: [] } });
  draw(<FileStep onDone={done} />, { answers: { FileCreate } });
  await screen.findByText("The upload of people.csv was cut off");
  choose(file);
  await waitFor(() => expect(done).toHaveBeenCalledWith("fil_2"));
});

test("a file that is refused is named with the reason", async () => {
  const errors = [{ code: "TOO_LARGE", message: "A file has at most 2 GiB.", path: ["size"] }];
  draw(<FileStep onDone={() => undefined} />, { answers: { FileCreate: () => ({ fileCreate: { file: null, uploadUrl: null, partSize: 100, errors } }) } });
  await screen.findByLabelText("CSV file");
  choose(file);
  expect(await screen.findByText("people.csv was not taken")).toBeTruthy();
  expect(screen.getByText("A file has at most 2 GiB.")).toBeTruthy();
});
