import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { draw } from "../ui/testing.tsx";
import { ListsPage } from "./lists.tsx";
import { PurposesPage } from "./purposes.tsx";
import { VersionDialog } from "./version-dialog.tsx";
import { VersionText } from "./version-text.tsx";
import { TermsPage } from "./terms.tsx";
import { inForce, inOrder, purposeKeyOf, slugOf, versionState } from "./words.ts";

const permissions = ["settings.consent"];
const marketing = { __typename: "Purpose", key: "MARKETING", name: "Marketing", about: "News.", archivedAt: null };
const old = { __typename: "Purpose", key: "OLD", name: "Old", about: "", archivedAt: "2026-01-02T10:00:00Z" };
const weekly = { __typename: "SubscriptionList", key: "weekly", name: "Weekly", about: "", channel: "EMAIL", doubleOptIn: true, archivedAt: null, purpose: marketing };
const version = (number: number, effectiveFrom: string, ...locales: string[]) => ({
  version: number, effectiveFrom, createdAt: effectiveFrom, createdBy: { id: "usr_1", kind: "USER" as const, name: "Ada Admin" },
  texts: locales.map((locale) => ({ locale, text: `${locale} ${number}\nsecond line`, textHash: `${locale}${number}`.padEnd(64, "0") })),
});
const term = { key: "newsletter", name: "Newsletter", about: "", archivedAt: null, versions: [version(2, "2999-01-01T00:00:00Z", "en"), version(1, "2026-01-01T00:00:00Z", "en", "nl")] };

const taken = { listCreate: { list: null, applied: false, errors: [{ code: "DUPLICATE_KEY", message: "This key is taken.", path: ["key"] }] } };

test("keys are made of names", () => {
  expect(slugOf("  Spring Sale – été 2026! ")).toBe("spring-sale-ete-2026");
  expect(purposeKeyOf("2nd market research")).toBe("ND_MARKET_RESEARCH");
  expect(slugOf("新聞")).toBe("");
});

test("a version is in force, replaced or still to come", () => {
  const versions = [version(3, "2999-01-01T00:00:00Z"), version(2, "2026-02-01T00:00:00Z"), version(1, "2026-01-01T00:00:00Z")] as const;
  const now = Date.parse("2026-03-01T00:00:00Z");
  expect(inForce(versions, now)?.version).toBe(2);
  expect(inForce(versions, 0)).toBeUndefined();
  expect(versions.map((one) => versionState(one, versions, now)[1])).toEqual(["From 1 Jan 2999", "In force", "Replaced"]);
});

test("what is archived stands last", () => {
  expect(inOrder([{ name: "a", archivedAt: "2026-01-02" }, { name: "c", archivedAt: null }, { name: "b", archivedAt: null }]).map(({ name }) => name)).toEqual(["b", "c", "a"]);
});

test("lists: a new one is made for an open purpose, its key follows its name", async () => {
  const create = vi.fn(() => ({ listCreate: { list: { key: "offers", name: "Offers" }, applied: true, errors: [] } }));
  draw(<ListsPage />, { permissions, answers: { SubscriptionLists: () => ({ lists: [weekly] }), Purposes: () => ({ purposes: [marketing, old] }), SubscriptionListCreate: create } });
  expect(await screen.findByText("weekly")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "New list" }));
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Offers by SMS" } });
  expect(screen.getByLabelText<HTMLInputElement>("Key").value).toBe("offers-by-sms");
  fireEvent.change(screen.getByLabelText("Key"), { target: { value: "offers" } });
  fireEvent.change(screen.getByLabelText("Name"), { target: { value: "Offers" } });
  fireEvent.change(screen.getByLabelText("Channel"), { target: { value: "SMS" } });
  const purposes = within(await screen.findByLabelText("Purpose"));
  expect((await purposes.findAllByRole("option")).map((option) => option.textContent)).toEqual(["Marketing"]);
  fireEvent.click(screen.getByRole("switch", { name: /^Double opt-in/ }));
  fireEvent.click(screen.getByRole("button", { name: "Add list" }));
  const input = { name: "Offers", key: "offers", about: "", channel: "SMS", purpose: "MARKETING", doubleOptIn: false };
  await waitFor(() => expect(create).toHaveBeenCalledExactlyOnceWith({ input }));
});

test("lists: a taken key is said beside it", async () => {
  draw(<ListsPage />, { permissions, answers: { SubscriptionLists: () => ({ lists: [] }), Purposes: () => ({ purposes: [marketing] }), SubscriptionListCreate: () => taken } });
  expect(await screen.findByText("No lists yet")).toBeTruthy();
  fireEvent.click(screen.getAllByRole("button", { name: "New list" })[0]!);
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Weekly" } });
  fireEvent.click(screen.getByRole("button", { name: "Add list" }));
  expect(await screen.findByText("This key is taken.")).toBeTruthy();
});

test("lists: archiving asks first, and can be undone", async () => {
  const update = vi.fn(() => ({ listUpdate: { list: null, applied: true, errors: [] } }));
  draw(<ListsPage />, { permissions, answers: { SubscriptionLists: () => ({ lists: [weekly] }), SubscriptionListUpdate: update } });
  fireEvent.click(await screen.findByText("Weekly"));
  fireEvent.click(await screen.findByRole("button", { name: "Archive" }));
  fireEvent.click(await screen.findByRole("button", { name: "Archive list" }));
  await waitFor(() => expect(update).toHaveBeenCalledExactlyOnceWith({ key: "weekly", input: { archived: true } }));
  fireEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(update).toHaveBeenLastCalledWith({ key: "weekly", input: { archived: false } }));
});

test("without the permission there is nothing to press", async () => {
  draw(<PurposesPage />, { permissions: [], answers: { Purposes: () => ({ purposes: [marketing, old] }) } });
  fireEvent.click(await screen.findByText("Marketing"));
  expect(screen.getByText("Archived")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "New purpose" })).toBeNull();
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("purposes: a new name is sent, an archived one is taken back", async () => {
  const update = vi.fn(() => ({ purposeUpdate: { purpose: null, applied: true, errors: [] } }));
  draw(<PurposesPage />, { permissions, answers: { Purposes: () => ({ purposes: [marketing, old] }), PurposeUpdate: update } });
  fireEvent.click(await screen.findByText("Marketing"));
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Offers" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(update).toHaveBeenCalledExactlyOnceWith({ key: "MARKETING", input: { name: "Offers", about: "News." } }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Save" })).toBeNull());
  fireEvent.click(screen.getByText("Old"));
  fireEvent.click(await screen.findByRole("button", { name: "Use again" }));
  await waitFor(() => expect(update).toHaveBeenLastCalledWith({ key: "OLD", input: { archived: false } }));
});

test("terms: the version in force, and its languages", async () => {
  draw(<TermsPage />, { permissions, answers: { Terms: () => ({ terms: [term] }) } });
  const row = (await screen.findByText("Newsletter")).closest("tr")!;
  expect([...row.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual(["Newsletternewsletter", "1", expect.any(String), "en, nl", "In force"]);
});

test("a version shows one language at a time", async () => {
  draw(<VersionText version={term.versions[1]!} state={["good", "In force"]} />);
  expect(await screen.findByText(/^en 1/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Dutch" }));
  expect(screen.getByText(/^nl 1/).getAttribute("lang")).toBe("nl");
  expect(screen.getByText("nl1".padEnd(64, "0"))).toBeTruthy();
});

test("a new version begins with the newest wording and is sent to the letter", async () => {
  const add = vi.fn(() => ({ termVersionAdd: { term: { key: "newsletter", versions: [{ version: 3, effectiveFrom: "2026-01-01T00:00:00Z" }] }, applied: true, errors: [] } }));
  const added = vi.fn();
  draw(<VersionDialog term={term} onClose={() => undefined} onAdded={added} />, { answers: { TermVersionAdd: add } });
  const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Add version 3" });
  expect(button.disabled).toBe(true);
  fireEvent.change(screen.getByLabelText("Text"), { target: { value: " Yes,\n please. " } });
  fireEvent.click(screen.getByRole("button", { name: "Add a language" }));
  fireEvent.change(screen.getAllByPlaceholderText("en")[1]!, { target: { value: "nl" } });
  fireEvent.change(screen.getAllByLabelText("Text")[1]!, { target: { value: "Ja" } });
  fireEvent.click(button);
  const texts = [{ locale: "en", text: " Yes,\n please. " }, { locale: "nl", text: "Ja" }];
  await waitFor(() => expect(add).toHaveBeenCalledExactlyOnceWith({ key: "newsletter", input: { texts, effectiveFrom: null } }));
  await waitFor(() => expect(added).toHaveBeenCalledExactlyOnceWith(3));
});
