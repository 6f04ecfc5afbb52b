import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { rootRoute, shellRoute } from "../ui/roots.ts";
import { type Answers, draw } from "../ui/testing.tsx";
// Fetched when they are wanted; here they are, so that no test waits for them.
import "./held-drawer.tsx";
import "./review.tsx";
import "./review-dialog.tsx";
import { consentRoutes } from "./routes.tsx";
import { KNOWN } from "./sample.ts";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 20_000 });

const ALL = ["customer.read", "consent.read", "consent.review"];
const held = (rest: object) => ({
  __typename: "QuarantinedConsent", id: "qua_1", at: "2026-03-12T09:00:00Z", status: "OPEN", row: 12, identifier: "jane@example.org", topic: "CHANNEL", channel: "EMAIL", purpose: "MARKETING", list: null, term: null,
  state: "GRANTED", collectedAt: null, basis: null, source: null, why: "NO_BASIS", message: "The file does not say how it was given.", reviewedAt: null, reviewedBy: null,
  run: { id: "run_1", fileName: "people.csv" }, customer: { id: "cus_1", displayName: "Jane Doe" }, ...rest,
});
const LAST = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

function at(path: string, answers: Answers, permissions = ALL) {
  const tree = rootRoute.addChildren([shellRoute.addChildren([...consentRoutes])]);
  const router = createRouter({ routeTree: tree, history: createMemoryHistory({ initialEntries: [path] }) });
  draw(<RouterProvider router={router as never} />, { answers: { Agreements: () => KNOWN, ...answers }, permissions });
  return router;
}

const waiting = (nodes: object[]) => vi.fn(() => ({ consentQuarantine: { nodes, pageInfo: LAST } }));

test("review: what waits, why, whose and from which row; the filters stand in the address", async () => {
  const asked = waiting([held({})]);
  const router = at("/privacy/review", { ConsentQuarantine: asked });
  const table = await screen.findByRole("table", { name: "Consents to review" });
  expect((await within(table).findByRole("link", { name: "Jane Doe" })).getAttribute("href")).toBe("/customers/cus_1?tab=consent");
  expect(within(table).getByText("Granted: Email for marketing")).toBeTruthy();
  expect(within(table).getByText("No basis")).toBeTruthy();
  expect(within(table).getByRole("link", { name: "Row 12, people.csv" }).getAttribute("href")).toBe("/imports/run_1");
  fireEvent.change(screen.getByRole("combobox", { name: "Why it waits" }), { target: { value: "RESUBSCRIBE" } });
  await waitFor(() => expect(asked).toHaveBeenLastCalledWith({ first: 50, after: null, status: "OPEN", why: "RESUBSCRIBE" }));
  fireEvent.click(screen.getByRole("button", { name: "All" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ why: "RESUBSCRIBE", status: "all" }));
});

test("review: several are accepted at once; one who withdrew only by saying so, and what was blocked is said", async () => {
  const review = vi.fn(() => ({ consentQuarantineReview: { applied: true, errors: [], results: [
    { index: 0, id: "qua_1", ok: true, appliedAs: "CURRENT", errors: [] }, { index: 1, id: "qua_2", ok: true, appliedAs: "BLOCKED", errors: [] },
  ] } }));
  at("/privacy/review", { ConsentQuarantine: waiting([held({}), held({ id: "qua_2", why: "RESUBSCRIBE", collectedAt: "2026-01-02T00:00:00Z" })]), ConsentQuarantineReview: review });
  fireEvent.click(await screen.findByRole("checkbox", { name: "Select row 1" }));
  fireEvent.click(screen.getByRole("checkbox", { name: "Select row 2" }));
  fireEvent.click(within(screen.getByRole("toolbar")).getByRole("button", { name: "Accept" }));
  const dialog = await screen.findByRole("dialog", { name: "Accept 2 consents" });
  const button = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Accept 2 consents" });
  fireEvent.change(within(dialog).getByLabelText("Basis"), { target: { value: "EXPLICIT" } });
  fireEvent.change(within(dialog).getByLabelText("Given on"), { target: { value: "2026-01-02" } });
  fireEvent.change(within(dialog).getByLabelText("Source and proof"), { target: { value: "Folder 12" } });
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Forms are here" } });
  expect(within(dialog).getByText("1 of them withdrew before")).toBeTruthy();
  expect(button.disabled).toBe(true);
  fireEvent.click(within(dialog).getByRole("checkbox", { name: "I know, record it all the same" }));
  fireEvent.click(button);
  expect(await within(dialog).findByText(/Blocked: 1\./)).toBeTruthy();
  expect(review).toHaveBeenCalledExactlyOnceWith({ input: {
    ids: ["qua_1", "qua_2"], decision: "ACCEPT", reason: "Forms are here", basis: "EXPLICIT", collectedAt: new Date("2026-01-02T12:00:00").toISOString(), source: "Folder 12",
  } });
});

test("review: a row opens with everything that is known, and can be rejected with a reason", async () => {
  const review = vi.fn(() => ({ consentQuarantineReview: { applied: true, errors: [], results: [{ index: 0, id: "qua_1", ok: true, appliedAs: null, errors: [] }] } }));
  at("/privacy/review", { ConsentQuarantine: waiting([held({})]), ConsentQuarantineReview: review });
  fireEvent.click(await within(await screen.findByRole("table", { name: "Consents to review" })).findByText("No basis"));
  const drawer = await screen.findByRole("dialog", { name: "Granted: Email for marketing" });
  expect(within(drawer).getByText("The file does not say how it was given.")).toBeTruthy();
  fireEvent.click(within(drawer).getByRole("button", { name: "Reject" }));
  const dialog = await screen.findByRole("dialog", { name: "Reject 1 consent" });
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "No proof" } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Reject 1 consent" }));
  expect(await screen.findByText("1 consent rejected")).toBeTruthy();
  expect(review).toHaveBeenCalledExactlyOnceWith({ input: { ids: ["qua_1"], decision: "REJECT", reason: "No proof" } });
});

test("review: nothing waits", async () => {
  at("/privacy/review", { ConsentQuarantine: waiting([]) });
  expect(await screen.findByText("Nothing waits for you")).toBeTruthy();
});
