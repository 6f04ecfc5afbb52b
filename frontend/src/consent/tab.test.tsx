import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { customersRoutes } from "../customers/routes.tsx";
import { SAMPLE_FIELDS } from "../customers/sample-fields.ts";
import { rootRoute, shellRoute } from "../ui/roots.ts";
import { type Answers, draw } from "../ui/testing.tsx";
// Fetched when they are wanted; here they are, so that no test waits for them.
import "../customers/customer.tsx";
import "./ledger-drawer.tsx";
import "./record-dialog.tsx";
import "./tab.tsx";
import { ENTRY, IDENTIFIERS, KNOWN } from "./sample.ts";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => localStorage.clear());

const PERSON = { __typename: "Customer", id: "cus_1", displayName: "Jane Doe", kind: "KNOWN", version: 3, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z", lastSeenAt: null, trashedAt: null, tags: [], updatedBy: null };
const YES = { allowed: true, identifier: "jane@example.org", reasons: [{ code: "GRANTED", message: "They agreed.", allows: true, at: "2026-03-12T09:00:00Z" }] };
const NO = { allowed: false, identifier: null, reasons: [{ code: "NO_IDENTIFIER", message: "There is no phone number.", allows: false, at: null }, { code: "UNKNOWN", message: "They never said.", allows: false, at: null }] };
const MAY = { EMAIL: YES, SMS: NO, PHONE: NO, PUSH: NO, WEB_PUSH: NO, POST: NO, IN_APP: NO };
const ALL = ["customer.read", "customer.write", "customer.pii.read", "consent.read", "consent.record"];

interface Sent {
  input: { items: Record<string, unknown>[]; idempotencyKey: string };
}

function answers(rest: Answers = {}): Answers {
  return {
    CustomerFields: () => ({ customerFields: SAMPLE_FIELDS }),
    Customer: () => ({ customer: PERSON }),
    Agreements: () => KNOWN,
    CustomerIdentifiers: () => ({ customer: { __typename: "Customer", id: "cus_1", doNotSell: false, identifiers: IDENTIFIERS } }),
    MayContact: () => MAY,
    ConsentLedger: () => ({ consentLedger: { nodes: [ENTRY], pageInfo: { hasNextPage: false, endCursor: null } } }),
    ...rest,
  };
}

function recording(appliedAs = "CURRENT", errors: object[] = []) {
  return vi.fn(({ input }: Sent) => ({ consentsRecord: { applied: true, replayed: false, errors: [], results: input.items.map((_, index) => ({ index, applied: true, entryId: "con_9", appliedAs, errors })) } }));
}

function open(path = "/customers/cus_1?tab=consent", given: Answers = answers(), permissions: string[] = ALL) {
  const tree = rootRoute.addChildren([shellRoute.addChildren([...customersRoutes])]);
  const router = createRouter({ routeTree: tree, history: createMemoryHistory({ initialEntries: [path] }) });
  draw(<RouterProvider router={router as never} />, { answers: given, permissions });
  return router;
}

const row = (text: string) => {
  const found = screen.getByRole("table", { name: "Identifiers" }).querySelectorAll("tbody tr");
  return [...found].find((one) => one.textContent?.includes(text)) as HTMLElement;
};

test("each identifier has its channels, its deliverability and a state for each purpose; unknown is said", async () => {
  open();
  expect(await screen.findByRole("table", { name: "Identifiers" })).toBeTruthy();
  expect(row("jane@example.org").textContent).toContain("last seen");
  expect(row("jane@example.org").textContent).toContain("Granted");
  expect(row("jane@example.org").textContent).toContain("Unknown");
  expect(row("old@example.org").textContent).toContain("No: bounced");
  expect(row("old@example.org").textContent).toContain("Withdrawn");
  expect(row("Phone calls")).toBeTruthy();
});

test("the filter stands in the address, and the browser keeps it", async () => {
  const router = open();
  fireEvent.change(await screen.findByRole("combobox", { name: "State" }), { target: { value: "WITHDRAWN" } });
  await waitFor(() => expect(row("jane@example.org")).toBeUndefined());
  expect(row("old@example.org")).toBeTruthy();
  expect(router.state.location.search).toEqual({ tab: "consent", kind: "ALL", state: "WITHDRAWN" });
  expect(JSON.parse(localStorage.getItem("regulars.identifiers") ?? "")).toEqual({ state: "WITHDRAWN" });
});

test("what the browser kept is put into an address without a filter", async () => {
  localStorage.setItem("regulars.identifiers", JSON.stringify({ kind: "PHONE" }));
  const router = open();
  await waitFor(() => expect(router.state.location.search).toEqual({ tab: "consent", kind: "PHONE" }));
  expect(await screen.findByRole("table", { name: "Identifiers" })).toBeTruthy();
  expect(row("jane@example.org")).toBeUndefined();
});

test("turning off asks for a reason only, and withdraws where it was granted", async () => {
  const record = recording();
  open(undefined, answers({ ConsentsRecord: record }));
  fireEvent.click(await screen.findByRole("switch", { name: "Email: on" }));
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).queryByLabelText("Evidence")).toBeNull();
  expect(within(dialog).getByRole<HTMLInputElement>("checkbox", { name: /jane@example\.org/ }).checked).toBe(true);
  expect(within(dialog).getByRole<HTMLInputElement>("checkbox", { name: /old@example\.org/ }).checked).toBe(false);
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Asked on the phone" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Turn it off" }));
  expect(await screen.findByText("Email for marketing is off")).toBeTruthy();
  expect(record).toHaveBeenCalledOnce();
  expect(record.mock.calls[0]?.[0].input.items).toEqual([
    { identifier: { email: "jane@example.org" }, channel: "EMAIL", purpose: "MARKETING", state: "WITHDRAWN", reason: "Asked on the phone", createIfMissing: false },
  ]);
});

test("turning on asks for evidence, basis, time and wording", async () => {
  const record = recording();
  open(undefined, answers({ ConsentsRecord: record }));
  fireEvent.click(await screen.findByRole("switch", { name: "SMS: off" }));
  const dialog = await screen.findByRole("dialog");
  const button = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Record the consent" });
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Wants it" } });
  expect(button.disabled).toBe(true);
  fireEvent.change(within(dialog).getByLabelText("Evidence"), { target: { value: "Call 1204" } });
  fireEvent.change(within(dialog).getByLabelText("Wording that they saw"), { target: { value: "conditions" } });
  fireEvent.change(within(dialog).getByLabelText("Version of Conditions"), { target: { value: "1" } });
  expect(within(dialog).getByText("You agree to little.")).toBeTruthy();
  fireEvent.click(within(dialog).getByRole("button", { name: "Earlier" }));
  fireEvent.change(within(dialog).getByLabelText("Day and time"), { target: { value: "2026-03-12T10:00" } });
  fireEvent.click(button);
  expect(await screen.findByText("SMS for marketing is on")).toBeTruthy();
  expect(record.mock.calls[0]?.[0].input.items).toEqual([{
    identifier: { phone: "+31612345678" }, channel: "SMS", purpose: "MARKETING", state: "GRANTED", basis: "EXPLICIT", reason: "Wants it", evidence: { note: "Call 1204" },
    collectedAt: new Date("2026-03-12T10:00").toISOString(), term: "conditions", termVersion: 1, createIfMissing: false,
  }]);
});

test.each([["BLOCKED", /the refusal stands/], ["SUPERSEDED", /A newer entry stands/]])("%s is said in words", async (appliedAs, words) => {
  open(undefined, answers({ ConsentsRecord: recording(appliedAs) }));
  fireEvent.click(await screen.findByRole("switch", { name: "Email: on" }));
  const dialog = await screen.findByRole("dialog");
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "x" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Turn it off" }));
  expect(await within(dialog).findByText(words)).toBeTruthy();
});

test("what is wrong stands in the dialog, and a retry after a lost connection has the same key", async () => {
  const keys: string[] = [];
  const record = ({ input }: Sent) => {
    keys.push(input.idempotencyKey);
    if (keys.length === 1) throw new Error("Failed to fetch");
    return recording("CURRENT", [{ code: "EVIDENCE_REQUIRED", message: "Say what proves it.", path: null }])({ input });
  };
  open(undefined, answers({ ConsentsRecord: record }));
  fireEvent.click(await screen.findByRole("switch", { name: "Email: on" }));
  const dialog = await screen.findByRole("dialog");
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "x" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Turn it off" }));
  expect(await screen.findByText(/Nothing was recorded/)).toBeTruthy();
  fireEvent.click(within(dialog).getByRole("button", { name: "Turn it off" }));
  expect(await within(dialog).findByText("Say what proves it.")).toBeTruthy();
  expect(keys[1]).toBe(keys[0]);
});

test("lists: a drop-down takes off and adds, and the help says that a list is no consent", async () => {
  const record = recording();
  open(undefined, answers({ ConsentsRecord: record }));
  expect(await screen.findByText(/Who is on no list can still be written to with consent/)).toBeTruthy();
  fireEvent.change(screen.getByRole("combobox", { name: "Change Newsletter" }), { target: { value: "UNSUBSCRIBED" } });
  const dialog = await screen.findByRole("dialog", { name: "List Newsletter: take off" });
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "x" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Take off the list" }));
  await waitFor(() => expect(record).toHaveBeenCalledOnce());
  expect(record.mock.calls[0]?.[0].input.items[0]).toMatchObject({ identifier: { email: "jane@example.org" }, list: "newsletter", state: "WITHDRAWN" });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  fireEvent.change(screen.getByRole("combobox", { name: "Add to a list" }), { target: { value: "sales" } });
  expect(await screen.findByRole("dialog", { name: "List Sales alerts: add" })).toBeTruthy();
});

test("terms have version and day, and say when a newer one is not accepted; do-not-sell opts out with a reason", async () => {
  const record = recording();
  open(undefined, answers({ ConsentsRecord: record }));
  expect(await screen.findByText(/version 1 · 12 Mar 2026/)).toBeTruthy();
  expect(screen.getByText(/version 2 is not accepted/)).toBeTruthy();
  fireEvent.click(screen.getByRole("switch", { name: "Do not sell or share: off" }));
  const dialog = await screen.findByRole("dialog");
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Letter" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Opt the person out" }));
  await waitFor(() => expect(record).toHaveBeenCalledOnce());
  expect(record.mock.calls[0]?.[0].input.items).toEqual([{ identifier: { customerId: "cus_1" }, doNotSell: true, state: "WITHDRAWN", reason: "Letter", createIfMissing: false }]);
});

test("the history stands in the address, with who, when, wording, evidence and the receipt", async () => {
  const asked = vi.fn(() => ({ consentLedger: { nodes: [ENTRY, { ...ENTRY, id: "con_0", seq: 2, appliedAs: "BLOCKED" }], pageInfo: { hasNextPage: false, endCursor: null } } }));
  const router = open(undefined, answers({ ConsentLedger: asked }));
  await screen.findByRole("table", { name: "Identifiers" });
  fireEvent.click(within(row("jane@example.org")).getByRole("button", { name: "Granted: Email for marketing, history" }));
  const drawer = await screen.findByRole("dialog", { name: "Email for marketing" });
  expect(router.state.location.search).toMatchObject({ ledger: "channel.EMAIL.MARKETING", of: "e1" });
  expect(asked).toHaveBeenCalledWith({ id: "cus_1", identifier: "e1", topic: { channel: "EMAIL", purpose: "MARKETING" }, after: null });
  const entries = await within(drawer).findAllByRole("listitem");
  expect(entries).toHaveLength(2);
  expect(entries[0]?.textContent).toContain("by Web shop");
  expect(entries[0]?.textContent).toContain("Ticked the box");
  expect(entries[0]?.textContent).toContain("A partner system");
  expect(entries[1]?.textContent).toContain("Blocked");
  fireEvent.click(within(entries[0] as HTMLElement).getByRole("button", { name: "Conditions, version 1 (en)" }));
  expect(within(drawer).getByText("You agree to little.")).toBeTruthy();
  const saved: Blob[] = [];
  URL.createObjectURL = (blob: Blob) => { saved.push(blob); return "blob:receipt"; };
  URL.revokeObjectURL = () => undefined;
  fireEvent.click(within(drawer).getByRole("button", { name: "Download the receipt of entry 3" }));
  expect(saved.map(({ size, type }) => [size, type])).toEqual([['{"payload":"e30"}'.length, "application/json"]]);
});

test("says for each channel whether they may be contacted, with the reasons in order", async () => {
  open();
  const region = await screen.findByRole("region", { name: "May I contact them?" });
  const lines = await waitFor(() => {
    const found = [...region.querySelectorAll("details")];
    expect(found).toHaveLength(7);
    return found;
  });
  expect(lines[0]?.querySelector("summary")?.textContent).toBe("EmailYesThey agreed.");
  expect(lines[1]?.querySelector("summary")?.textContent).toBe("SMSNoThere is no phone number.");
  expect([...(lines[1]?.querySelectorAll("li") ?? [])].map(({ textContent }) => textContent)).toEqual(["There is no phone number.", "They never said."]);
});

test("without the permission nothing can be switched, or seen", async () => {
  open(undefined, answers(), ["customer.read", "customer.pii.read", "consent.read"]);
  expect((await screen.findByRole<HTMLInputElement>("switch", { name: "Email: on" })).disabled).toBe(true);
  expect(screen.queryByRole("combobox", { name: "Add to a list" })).toBeNull();
});

test("names the missing permission", async () => {
  open(undefined, answers(), ["customer.read"]);
  expect(await screen.findByText("consent.read")).toBeTruthy();
});

test("a request that failed offers to try again", async () => {
  open(undefined, answers({ CustomerIdentifiers: () => { throw new Error("Failed to fetch"); } }));
  expect(await screen.findByRole("button", { name: "Retry" })).toBeTruthy();
});
