import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { rootRoute, shellRoute } from "../ui/roots.ts";
import { type Answers, draw } from "../ui/testing.tsx";
// Fetched when they are wanted; here they are, so that no test waits for them.
import "../access/key-dialog.tsx";
import "./ledger.tsx";
import "./partners.tsx";
import "./reachability.tsx";
import { consentRoutes } from "./routes.tsx";
import { KNOWN } from "./sample.ts";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 20_000 });

const ALL = ["customer.read", "consent.read", "consent.review", "audit.read", "settings.consent", "settings.keys", "settings.users"];
function at(path: string, answers: Answers, permissions = ALL) {
  const tree = rootRoute.addChildren([shellRoute.addChildren([...consentRoutes])]);
  const router = createRouter({ routeTree: tree, history: createMemoryHistory({ initialEntries: [path] }) });
  draw(<RouterProvider router={router as never} />, { answers: { Agreements: () => KNOWN, ...answers }, permissions });
  return router;
}

test("ledger: the check goes on until the end, and lists what it found", async () => {
  const parts = [
    { entries: 5000, subjects: 40, next: "a", faults: [] },
    { entries: 12, subjects: 3, next: null, faults: [{ kind: "CUT", entryId: null, seq: 9, message: "The last entry is missing." }] },
  ];
  const verify = vi.fn(({ after }: { after: string | null }) => ({ consentLedgerVerify: after === null ? parts[0] : parts[1] }));
  const seal = { day: "2026-03-11", entries: 204, root: "ab12", signature: "sig", sealedAt: "2026-03-12T00:05:00Z" };
  at("/privacy/ledger", { ConsentLedgerVerify: verify, ConsentSeals: () => ({ consentSeals: { nodes: [seal], pageInfo: { hasNextPage: false, endCursor: null } } }) });
  expect(await screen.findByText("11 Mar 2026")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Verify the ledger" }));
  expect(await screen.findByText("The last entry is missing.")).toBeTruthy();
  expect(screen.getByText("Cut off")).toBeTruthy();
  expect(screen.getByText("1 fault").closest("[role=alert]")?.textContent).toContain("5,012 entries of 43 identifiers");
  expect(verify.mock.calls.map(([{ after }]) => after)).toEqual([null, "a"]);
});

test("ledger: all is as it was written", async () => {
  at("/privacy/ledger", {
    ConsentLedgerVerify: () => ({ consentLedgerVerify: { entries: 1, subjects: 1, next: null, faults: [] } }),
    ConsentSeals: () => ({ consentSeals: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } }),
  });
  fireEvent.click(await screen.findByRole("button", { name: "Verify the ledger" }));
  expect((await screen.findByText(/All is as it was written/)).textContent).toContain("1 entry of 1 identifier");
  expect(screen.getByText("No day was sealed yet")).toBeTruthy();
});

test("reachability: the forecast follows what is chosen, and only what changed is saved", async () => {
  const forecast = vi.fn(({ policy }: { policy: { allowUnknown: boolean }[] }) => ({ reachabilityForecast: [{ channel: "EMAIL", purpose: "MARKETING", now: 1000, later: policy[0]?.allowUnknown ? 4200 : 1000, precision: "EXACT" }] }));
  const save = vi.fn(() => ({ reachabilityPolicyUpdate: { applied: true, purposes: [], errors: [] } }));
  at("/settings/reachability", { ReachabilityForecast: forecast, ReachabilityPolicyUpdate: save });
  const table = await screen.findByRole("table", { name: "Forecast" });
  expect(await within(table).findByText("no change")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
  fireEvent.click(screen.getByRole("checkbox", { name: "Marketing: who was never asked is reachable" }));
  expect(await within(table).findByText("+3,200")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(save).toHaveBeenCalledExactlyOnceWith({ input: { policy: [{ purpose: "MARKETING", allowUnknown: true, allowImplicit: false }] } }));
});

const key = (rest: object) => ({
  __typename: "ApiKey", id: "key_1", name: "Web shop", prefix: "rgl_8f", scopes: ["consent.record"], purposes: ["MARKETING"], createdAt: "2026-01-02T10:00:00Z", expiresAt: null, revokedAt: null, lastUsedAt: null,
  roles: [{ id: "rol_6", name: "Partner" }], createdBy: { id: "usr_1", kind: "USER", name: "Ada Admin" }, ...rest,
});

test("partners: only keys that may record consent, a ready curl, and a new key that begins as a partner", async () => {
  at("/settings/partners", {
    ApiKeys: () => ({ apiKeys: [key({}), key({ id: "key_2", name: "Till", purposes: null }), key({ id: "key_3", name: "Reports", scopes: ["customer.read"] })] }),
    Roles: () => ({ roles: [{ id: "rol_6", name: "Partner", about: "Sends consents.", preset: true, permissions: ["consent.record"], userCount: 0 }, { id: "rol_1", name: "Owner", about: "", preset: true, permissions: [], userCount: 1 }], permissions: [] }),
    KeyPurposes: () => ({ purposes: KNOWN.purposes }),
  });
  const table = await screen.findByRole("table", { name: "Keys that may record consent" });
  expect((await within(table).findByText("Web shop")).closest("tr")?.textContent).toContain("Marketing");
  expect(within(table).getByText("Till").closest("tr")?.textContent).toContain("Every purpose");
  expect(within(table).queryByText("Reports")).toBeNull();
  expect(screen.getByRole("region", { name: "Example request" }).textContent).toContain("Bearer YOUR_API_KEY");
  fireEvent.click(screen.getByRole("button", { name: "Up to 500 at once" }));
  expect(screen.getByRole("region", { name: "Example request" }).textContent).toContain("consentsRecord");
  fireEvent.click(screen.getByRole("button", { name: "New partner key" }));
  const dialog = await screen.findByRole("dialog");
  expect((await within(dialog).findByRole<HTMLInputElement>("checkbox", { name: "Partner" })).checked).toBe(true);
  expect(within(dialog).getByRole<HTMLInputElement>("checkbox", { name: "Owner" }).checked).toBe(false);
});

test.each([["/privacy/ledger", "audit.read"], ["/settings/reachability", "settings.consent"]])("%s names the missing permission", async (path, permission) => {
  at(path, {}, ["customer.read"]);
  expect(await screen.findByText(permission)).toBeTruthy();
});
