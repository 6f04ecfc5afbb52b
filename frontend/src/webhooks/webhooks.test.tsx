import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { draw } from "../ui/testing.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { Deliveries } from "./deliveries.tsx";
import type { Delivery, Webhook } from "./queries.ts";
import { RotateDialog } from "./rotate-dialog.tsx";
import { WebhookDialog } from "./webhook-dialog.tsx";
import { WebhooksPage } from "./webhooks.tsx";
import { hostOf } from "./words.tsx";

const permissions = ["settings.webhooks"];
const shop: Webhook = {
  id: "whk_1", url: "https://shop.example.com/regulars?key=1", topics: ["CONSENT_CHANGED"], active: true, failing: false,
  lastDeliveryAt: "2026-03-12T12:00:00Z", createdAt: "2026-03-01T12:00:00Z", createdBy: { id: "usr_1", kind: "USER", name: "Ada Admin" },
};
const SECRET = "whsec_c2VjcmV0";

test("a host is what a webhook is known by", () => {
  expect(hostOf(shop.url)).toBe("shop.example.com");
  expect(hostOf("nonsense")).toBe("nonsense");
});

test("each webhook shows where it goes and how it fares", async () => {
  const all = [shop, { ...shop, id: "whk_2", url: "https://mail.example.com/", failing: true }, { ...shop, id: "whk_3", url: "https://old.example.com/", active: false, failing: true }];
  draw(<WebhooksPage />, { permissions, answers: { Webhooks: () => ({ webhooks: all }) } });
  expect(await screen.findByText(shop.url)).toBeTruthy();
  expect(screen.getAllByText("Consent changed")).toHaveLength(3);
  expect(["On", "Failing", "Off"].map((word) => screen.getAllByText(word).length)).toEqual([1, 1, 1]);
});

test("a new one is added, and its secret is shown once", async () => {
  const create = vi.fn(() => ({ webhookCreate: { webhook: { id: "whk_1", url: shop.url }, secret: SECRET, applied: true, errors: [] } }));
  draw(<WebhooksPage />, { permissions, answers: { Webhooks: () => ({ webhooks: [] }), WebhookCreate: create } });
  expect(await screen.findByText("No webhooks yet")).toBeTruthy();
  fireEvent.click(screen.getAllByRole("button", { name: "New webhook" })[0]!);
  fireEvent.change(await screen.findByLabelText("Address"), { target: { value: ` ${shop.url} ` } });
  fireEvent.click(screen.getByRole("button", { name: "Add webhook" }));
  expect((await screen.findByTestId("secret")).textContent).toBe(SECRET);
  expect(create).toHaveBeenCalledExactlyOnceWith({ input: { url: shop.url, topics: ["CONSENT_CHANGED"] } });
  fireEvent.click(screen.getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(screen.queryByTestId("secret")).toBeNull());
});

test("an address that is refused is said beside it", async () => {
  const message = "This host cannot be found, or it is not on the public internet.";
  const refused = { webhookUpdate: { webhook: null, applied: false, errors: [{ code: "INVALID_TARGET", message, path: ["url"] }] } };
  const onClose = vi.fn();
  draw(<WebhookDialog webhook={shop} onClose={onClose} />, { permissions, answers: { WebhookUpdate: () => refused } });
  fireEvent.change(await screen.findByLabelText("Address"), { target: { value: "https://inside.example.com/" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(message)).toBeTruthy();
  expect(onClose).not.toHaveBeenCalled();
});

test("told of nothing at all is no webhook", async () => {
  draw(<WebhookDialog onClose={() => undefined} />, { permissions });
  fireEvent.click(await screen.findByRole("checkbox", { name: /^Consent changed/ }));
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Add webhook" }).disabled).toBe(true);
});

test("a new secret is made after a question, and shown once", async () => {
  const rotate = vi.fn(() => ({ webhookRotateSecret: { webhook: { id: "whk_1" }, secret: SECRET, applied: true, errors: [] } }));
  draw(<RotateDialog webhook={shop} onClose={() => undefined} />, { permissions, answers: { WebhookRotateSecret: rotate } });
  expect(await screen.findByText("A new secret for shop.example.com?")).toBeTruthy();
  expect(rotate).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Make a new secret" }));
  expect((await screen.findByTestId("secret")).textContent).toBe(SECRET);
  expect(rotate).toHaveBeenCalledExactlyOnceWith({ id: "whk_1", input: {} });
});

test("it is deleted after a question; a refusal keeps the dialog", async () => {
  const answers = [{ applied: false, errors: [{ code: "NOT_FOUND", message: "There is nothing with this id.", path: null }] }, { applied: true, errors: [] }];
  const onDeleted = vi.fn();
  draw(<DeleteDialog webhook={shop} onClose={() => undefined} onDeleted={onDeleted} />, { permissions, answers: { WebhookDelete: () => ({ webhookDelete: answers.shift() }) } });
  fireEvent.click(await screen.findByRole("button", { name: "Delete webhook" }));
  expect(await screen.findByText("There is nothing with this id.")).toBeTruthy();
  expect(onDeleted).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Delete webhook" }));
  await waitFor(() => expect(onDeleted).toHaveBeenCalledOnce());
});

const queued: Delivery = { id: "whd_1", at: "2026-03-12T12:00:00Z", topic: "consent.changed", status: "QUEUED", attempts: 2, nextAt: new Date(Date.now() + 3_700_000).toISOString(), lastStatus: 500, error: "It answered 500." };
const dead: Delivery = { ...queued, id: "whd_2", status: "DEAD", attempts: 11, nextAt: null };
const done: Delivery = { ...queued, id: "whd_3", topic: "test", status: "DELIVERED", attempts: 1, nextAt: null, lastStatus: 204, error: null };

function deliveries(nodes: Delivery[]) {
  return { webhookDeliveries: { nodes: nodes.map((one) => ({ __typename: "WebhookDelivery", ...one })), pageInfo: { hasNextPage: false, endCursor: null } } };
}

test("what was sent and what waits: states, answers, the next try", async () => {
  draw(<Deliveries webhookId="whk_1" state={undefined} after={undefined} onShow={() => undefined} />, { permissions, answers: { WebhookDeliveries: () => deliveries([queued, dead, done]) } });
  expect(await screen.findByText("in 1 h")).toBeTruthy();
  expect(screen.getAllByText("It answered 500.")).toHaveLength(2);
  expect(screen.getByText("204")).toBeTruthy();
  expect(screen.getAllByRole("button", { name: /^Replay/ }).map((button) => button.getAttribute("aria-label"))).toEqual(["Replay whd_2", "Replay whd_3"]);
});

test("a state is chosen, and what is dead is replayed", async () => {
  const replay = vi.fn(() => ({ webhookReplay: { delivery: { __typename: "WebhookDelivery", id: "whd_2", status: "QUEUED", attempts: 0, nextAt: null }, applied: true, errors: [] } }));
  const onShow = vi.fn();
  const ask = vi.fn(() => deliveries([dead]));
  draw(<Deliveries webhookId="whk_1" state="DEAD" after={undefined} onShow={onShow} />, { permissions, answers: { WebhookDeliveries: ask, WebhookReplay: replay } });
  fireEvent.click(await screen.findByRole("button", { name: "Replay whd_2" }));
  await waitFor(() => expect(replay).toHaveBeenCalledExactlyOnceWith({ id: "whd_2", input: {} }));
  expect(await screen.findByText("Queued again")).toBeTruthy();
  expect(ask).toHaveBeenCalledWith({ webhookId: "whk_1", status: "DEAD", first: 50, after: null });
  fireEvent.click(screen.getByRole("button", { name: "Delivered" }));
  fireEvent.click(screen.getByRole("button", { name: "All" }));
  expect(onShow.mock.calls).toEqual([[{ state: "DELIVERED" }], [{}]]);
});
