import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { rootRoute, shellRoute } from "../ui/roots.ts";
import { type Answers, draw } from "../ui/testing.tsx";
import { importsRoutes } from "./routes.tsx";

// Pages are fetched when they are opened; on a busy machine that takes longer than the second that is waited for otherwise.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 20_000 });

const run = {
  __typename: "Run", id: "run_1", kind: "IMPORT", phase: "PLAN", status: "READY", title: "people.csv", createdAt: "2026-01-01T00:00:00Z", startedAt: null,
  finishedAt: null, processed: 7, total: 7, rate: null, etaSeconds: null, attempt: 1, cancelRequested: false, error: null,
  planned: [{ name: "CREATE", count: 4 }, { name: "INVALID", count: 2 }, { name: "UPDATE", count: 1 }], outcome: [] as { name: string; count: number }[],
};
const details = {
  file: { id: "fil_1", name: "people.csv", size: 1200, expiresAt: "2999-01-08T00:00:00Z" }, encoding: "utf-8", delimiter: ",", preset: null, keylessRows: "SKIP",
  rowsRead: 7, applicable: true, unmapped: ["shoe size"], columns: [{ index: 0, header: "email", target: "emails.address", rule: "APPEND" }],
  problems: [{ code: "INVALID_EMAIL", message: "This is no email address.", severity: "ERROR", count: 1 }], consents: null as null | object, errorFile: null as null | { url: string },
};
const row = {
  n: 7, planned: "UPDATE", outcome: null, customerId: "cus_1", customerName: "Sanne", key: "A1001", issues: [], consents: [] as object[],
  changes: [{ path: "job_title", label: "Job title", before: "Editor", after: "Senior editor" }, { path: "tags.press", label: "Tags", before: null, after: "press" }],
};

function answers(state: object, more: object = {}, others: Answers = {}): Answers {
  return {
    RunProgress: () => ({ run: { ...run, ...state } }),
    ImportDetails: () => ({ run: { ...run, ...state, createdBy: { id: "usr_1", kind: "USER", name: "Ada" }, import: { ...details, ...more } } }),
    ImportRows: () => ({ runRows: { nodes: [row], pageInfo: { hasNextPage: false, endCursor: null } } }),
    Workers: () => ({ workers: { connected: true, lastSeenAt: null, workers: 1 } }),
    ...others,
  };
}

/** The pages of this room at an address, with their own routes. */
function at(path: string, given: Answers, permissions?: string[]) {
  const tree = rootRoute.addChildren([shellRoute.addChildren([...importsRoutes])]);
  const router = createRouter({ routeTree: tree, history: createMemoryHistory({ initialEntries: [path] }) });
  draw(<RouterProvider router={router as never} />, { answers: given, ...(permissions && { permissions }) });
  return router;
}

test("a plan says what it would do, that nothing is written, and adds up", async () => {
  at("/imports/run_1", answers({}));
  expect(await screen.findByRole("button", { name: "Create 4, update 1" })).toBeTruthy();
  expect(screen.getByText("Nothing has been written so far.")).toBeTruthy();
  expect(screen.getByText("7 rows read = 4 to create + 1 to update + 2 invalid")).toBeTruthy();
  const list = await screen.findByRole("table", { name: "Rows" });
  expect(within(list).getByText("Editor").tagName).toBe("DEL");
  expect(within(list).getByText(/Senior editor/)).toBeTruthy();
});

test("a tile narrows the rows, the address keeps it, and a second click shows all", async () => {
  const asked: unknown[] = [];
  const given = answers({}, {}, { ImportRows: (variables: { planned: unknown }) => { asked.push(variables.planned); return { runRows: { nodes: [row], pageInfo: { hasNextPage: false, endCursor: null } } }; } });
  const router = at("/imports/run_1", given);
  const tile = await screen.findByRole("button", { name: /^Invalid/ });
  fireEvent.click(tile);
  await waitFor(() => expect(router.state.location.search).toEqual({ rows: "INVALID" }));
  await waitFor(() => expect(asked).toContainEqual(["INVALID"]));
  fireEvent.click(screen.getByRole("button", { name: /^Invalid/ }));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
});

test("applies a plan once, by a key of its own", async () => {
  const sent: unknown[] = [];
  const given = answers({}, {}, { ImportApply: (variables: unknown) => { sent.push(variables); return { importApply: { run: { __typename: "Run", id: "run_1", phase: "APPLY", status: "QUEUED" }, applied: true, errors: [] } }; } });
  at("/imports/run_1", given);
  fireEvent.click(await screen.findByRole("button", { name: "Create 4, update 1" }));
  await waitFor(() => expect(sent).toEqual([{ id: "run_1", input: { idempotencyKey: "apply run_1" } }]));
});

test("a file that cannot be read is refused with its line and reason", async () => {
  at("/imports/run_1", answers({ status: "FAILED", error: { code: "BAD_QUOTES", message: "Line 12: a quote that begins here is never closed.", path: null } }));
  expect(await screen.findByText("Line 12: a quote that begins here is never closed.")).toBeTruthy();
  expect(screen.getByText(/Nothing of it was written/)).toBeTruthy();
});

test("asks again for details that were read before the plan was ready", async () => {
  let asked = 0;
  const given = answers({}, {}, {
    ImportDetails: () => {
      asked += 1;
      const early = { status: "RUNNING", import: { ...details, problems: [] } };
      return { run: { ...run, createdBy: { id: "usr_1", kind: "USER", name: "Ada" }, import: details, ...(asked === 1 && early) } };
    },
  });
  at("/imports/run_1", given);
  expect(await screen.findByText("This is no email address.")).toBeTruthy();
  expect(asked).toBe(2);
});

test("a cancelled import says how many rows were not written", async () => {
  at("/imports/run_1", answers({ phase: "APPLY", status: "CANCELLED", outcome: [{ name: "CREATE", count: 3 }] }));
  expect(await screen.findByText("7 rows read = 3 created + 4 not written")).toBeTruthy();
  expect(await screen.findByText("Not written")).toBeTruthy();
});

test("a result offers the error file and names the mail", async () => {
  const outcome = [{ name: "CREATE", count: 4 }, { name: "UPDATE", count: 1 }, { name: "INVALID", count: 2 }];
  at("/imports/run_1", answers({ phase: "APPLY", status: "SUCCEEDED", outcome }, { errorFile: { id: "fil_2", name: "errors.csv", size: 300, url: "/files/fil_2", expiresAt: "2026-01-08T00:00:00Z" } }));
  const link = await screen.findByRole("link", { name: "Download the error file" });
  expect(link.getAttribute("href")).toBe("/files/fil_2");
  expect(screen.getByText(/ada@example.org/)).toBeTruthy();
});

test("a file whose time is over is said to be gone, and its columns cannot be changed", async () => {
  at("/imports/run_1", answers({}, { file: { ...details.file, expiresAt: "2020-01-01T00:00:00Z" } }));
  expect(await screen.findByText(/no longer kept/)).toBeTruthy();
  expect(screen.queryByRole("link", { name: "Change columns" })).toBeNull();
});

test("an error file whose time is over is said to be gone", async () => {
  at("/imports/run_1", answers({ phase: "APPLY", status: "SUCCEEDED", outcome: [{ name: "INVALID", count: 7 }] }));
  expect(await screen.findByText("The error file is no longer kept.")).toBeTruthy();
});

test("without a connection it says so and offers to try again", async () => {
  at("/imports/run_1", { ...answers({}), RunProgress: () => { throw new Error("Failed to fetch"); } });
  expect(await screen.findByText("The server could not be reached.")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Retry" })).toBeTruthy();
});

test("says when no worker is there", async () => {
  at("/imports/run_1", answers({ status: "QUEUED" }, {}, { Workers: () => ({ workers: { connected: false, lastSeenAt: null, workers: 0 } }) }));
  expect(await screen.findByText("No worker is connected")).toBeTruthy();
});

test.each(["/imports", "/imports/new", "/imports/run_1"])("names the missing permission at %s", async (path) => {
  at(path, answers({}), ["customer.read", "run.read"]);
  expect(await screen.findByText("import.run")).toBeTruthy();
});

test("an empty list offers the template and the first import", async () => {
  at("/imports", { ImportList: () => ({ runs: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } }) });
  expect(await screen.findByText("No imports yet")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Download the template" })).toBeTruthy();
});

test("columns: a guess is marked, what goes nowhere is listed, and the choice stands in the address", async () => {
  const preview = {
    file: { id: "fil_1", name: "people.csv", size: 1200, complete: true, expiresAt: "2026-01-08T00:00:00Z" }, encoding: "cp1252", encodings: ["cp1252", "utf-8"], delimiter: ";",
    preset: null, rows: [["a@example.org", "Utrecht", "44"]], errors: [],
    columns: [
      { index: 0, header: "email", samples: ["a@example.org"], target: "emails.address", rule: "APPEND", proposed: true, certain: true },
      { index: 1, header: "billing city", samples: ["Utrecht"], target: "addresses.city", rule: "APPEND", proposed: true, certain: false },
      { index: 2, header: "shoe size", samples: ["44"], target: null, rule: "IGNORE", proposed: false, certain: false },
    ],
  };
  const targets = [
    { path: "emails.address", label: "Emails: address", about: "", rules: ["APPEND", "IGNORE"] }, { path: "addresses.city", label: "Addresses: city", about: "", rules: ["APPEND", "IGNORE"] },
    { path: "job_title", label: "Job title", about: "", rules: ["FILL_EMPTY", "OVERWRITE", "IGNORE"] },
  ];
  const router = at("/imports/new?file=fil_1", { ImportPreview: () => ({ importPreview: preview }), ImportTargets: () => ({ importTargets: targets }) });
  expect(await screen.findByText("A guess: please check")).toBeTruthy();
  expect(screen.getByText("shoe size", { selector: "span" })).toBeTruthy();
  fireEvent.change(screen.getByRole("combobox", { name: "Field for shoe size" }), { target: { value: "job_title" } });
  await waitFor(() => expect(router.state.location.search).toEqual({ file: "fil_1", columns: { 2: ["job_title", "FILL_EMPTY"] } }));
  expect(screen.queryByText("Not imported:")).toBeNull();
});

const consents = { basis: "EXPLICIT", note: "The form.", collectedAt: null, mayGrant: true, planned: [{ outcome: "CURRENT", count: 5 }, { outcome: "BLOCKED", count: 1 }], outcome: [] };
const tried = { code: "RESUBSCRIBE", message: "This tried to resubscribe somebody who had said no; the no stands.", severity: "WARNING", count: 1 };

test("a plan counts the consents, and shows the rows that tried to resubscribe", async () => {
  const router = at("/imports/run_1", answers({}, { consents, problems: [tried] }));
  expect(await screen.findByRole("heading", { name: "Consents" })).toBeTruthy();
  expect(screen.getByText("The person had said no, and that stands")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "1 row tried to resubscribe somebody who had said no" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ problem: "RESUBSCRIBE" }));
});

test("columns: consents ask for their proof, and say what happens without it", async () => {
  const sent: { input: { consent?: unknown } }[] = [];
  const preview = {
    file: { id: "fil_1", name: "people.csv", size: 1200, complete: true, expiresAt: "2026-01-08T00:00:00Z" }, encoding: "utf-8", encodings: ["utf-8"], delimiter: ";", preset: null, rows: [], errors: [],
    columns: [
      { index: 0, header: "email", samples: [], target: "emails.address", rule: "APPEND", proposed: true, certain: true },
      { index: 1, header: "newsletter", samples: ["yes"], target: "consent.EMAIL.MARKETING", rule: "APPEND", proposed: true, certain: false },
    ],
  };
  const targets = [{ path: "consent.EMAIL.MARKETING", label: "Consent: email, Marketing", about: "", rules: ["APPEND", "IGNORE"] }];
  const router = at("/imports/new?file=fil_1", {
    ImportPreview: () => ({ importPreview: preview }), ImportTargets: () => ({ importTargets: targets }),
    ImportPlan: (variables: { input: object }) => { sent.push(variables); return { importPlan: { run: null, applied: false, errors: [] } }; },
  }, ["import.run", "run.read", "consent.record"]);
  expect(await screen.findByText(/Not said so far: how they agreed, when, where it comes from/)).toBeTruthy();
  fireEvent.change(screen.getByRole("combobox", { name: "How they agreed" }), { target: { value: "EXPLICIT" } });
  await waitFor(() => expect(router.state.location.search).toEqual({ file: "fil_1", consent: { basis: "EXPLICIT" } }));
  fireEvent.change(screen.getByLabelText("When, where the file has no date"), { target: { value: "2025-06-01" } });
  await waitFor(() => expect(router.state.location.search).toEqual({ file: "fil_1", consent: { basis: "EXPLICIT", day: "2025-06-01" } }));
  fireEvent.change(screen.getByLabelText("Where they come from"), { target: { value: "The form." } });
  expect(await screen.findByText("Each yes is recorded, with this as its proof.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Check all rows" }));
  await waitFor(() => expect(sent[0]?.input.consent).toEqual({ basis: "EXPLICIT", note: "The form.", collectedAt: "2025-06-01T00:00:00Z" }));
});
