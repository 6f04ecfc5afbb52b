import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { draw } from "../ui/testing.tsx";
import { ForgottenPasswordPage } from "./forgotten-password.tsx";
import { KeysPage } from "./keys.tsx";
import { RolesPage } from "./roles.tsx";
import { SetPasswordPage } from "./set-password.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { UsersPage } from "./users.tsx";

const owner = { id: "rol_1", name: "Owner", about: "May do everything.", preset: true, permissions: ["customer.read", "settings.keys"], userCount: 1 };
const partner = { id: "rol_2", name: "Partner", about: "Reads.", preset: false, permissions: ["customer.read"], userCount: 0 };
const permissions = [{ name: "customer.read", about: "See customers." }, { name: "settings.keys", about: "Make keys." }];
const ada = { id: "usr_1", name: "Ada Admin", email: "ada@example.org", active: true, createdAt: "2026-01-02T10:00:00Z", lastSignInAt: null, roles: [{ id: "rol_1", name: "Owner" }] };
const shop = {
  id: "key_1", name: "Web shop", prefix: "rgl_8f", scopes: [], purposes: null, createdAt: "2026-01-02T10:00:00Z", expiresAt: null, revokedAt: null, lastUsedAt: null,
  roles: [{ id: "rol_1", name: "Owner" }], createdBy: { id: "usr_1", kind: "USER", name: "Ada Admin" },
};

test("a wrong password is said, the right one enters", async () => {
  const entered = vi.fn();
  const signIn = vi.fn(({ input }: { input: { password: string } }) => ({
    signIn: input.password === "right" ? { viewer: { id: "usr_1" }, errors: [] } : { viewer: null, errors: [{ code: "REFUSED", message: "These do not belong together.", path: null }] },
  }));
  draw(<SignInForm onSignedIn={entered} />, { answers: { SignIn: signIn } });
  fireEvent.change(await screen.findByLabelText("Email"), { target: { value: " ada@example.org " } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: "wrong" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByText("These do not belong together.")).toBeTruthy();
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: "right" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(entered).toHaveBeenCalledExactlyOnceWith("usr_1"));
  expect(signIn).toHaveBeenLastCalledWith({ input: { email: "ada@example.org", password: "right" } });
});

test("a forgotten password gets the same answer for every address", async () => {
  draw(<ForgottenPasswordPage />, { answers: { PasswordLinkSend: () => ({ passwordLinkSend: { applied: true, errors: [] } }) } });
  fireEvent.change(await screen.findByLabelText("Email"), { target: { value: "nobody@example.org" } });
  fireEvent.click(screen.getByRole("button", { name: "Send me a link" }));
  expect(await screen.findByText(/If a user has the address nobody@example\.org/)).toBeTruthy();
});

test("a password is set with the token behind the #, which leaves the address", async () => {
  window.history.replaceState(null, "", "/set-password#token=abc123");
  const set = vi.fn(() => ({ passwordSet: { applied: true, errors: [] } }));
  draw(<SetPasswordPage />, { answers: { PasswordSet: set } });
  fireEvent.change(await screen.findByLabelText("New password"), { target: { value: "four words in row" } });
  expect(window.location.hash).toBe("");
  fireEvent.click(screen.getByRole("button", { name: "Set password" }));
  expect(await screen.findByText("Your new password is set. Sign in with it to go on.")).toBeTruthy();
  expect(set).toHaveBeenCalledExactlyOnceWith({ input: { token: "abc123", password: "four words in row" } });
});

test("users: a new one is made with its roles", async () => {
  const create = vi.fn(() => ({ userCreate: { user: { id: "usr_2", name: "Bo" }, applied: true, errors: [] } }));
  draw(<UsersPage />, { answers: { Users: () => ({ users: [ada] }), Roles: () => ({ roles: [owner, partner], permissions }), UserCreate: create } });
  expect(await screen.findByText("ada@example.org")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "New user" }));
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Bo" } });
  fireEvent.change(screen.getByLabelText("Email"), { target: { value: "bo@example.org" } });
  fireEvent.click(await screen.findByLabelText("Partner"));
  fireEvent.click(screen.getByRole("button", { name: "Add user" }));
  await waitFor(() => expect(create).toHaveBeenCalledExactlyOnceWith({ input: { name: "Bo", email: "bo@example.org", roleIds: ["rol_2"] } }));
});

test("roles: presets are read only, the others open", async () => {
  draw(<RolesPage />, { answers: { Roles: () => ({ roles: [owner, partner], permissions }) } });
  expect(await screen.findByText("Preset")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Owner" })).toBeNull();
  expect(screen.getAllByLabelText("Partner may")).toHaveLength(1);
  expect(screen.getAllByLabelText("Partner may not")).toHaveLength(1);
  fireEvent.click(screen.getByRole("button", { name: "Partner" }));
  expect(await screen.findByRole("button", { name: "Delete" })).toBeTruthy();
});

test("roles: nothing opens without the permission", async () => {
  draw(<RolesPage />, { answers: { Roles: () => ({ roles: [owner, partner], permissions }) }, permissions: ["settings.users"] });
  expect(await screen.findByText("Partner")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Partner" })).toBeNull();
  expect(screen.queryByRole("button", { name: "New role" })).toBeNull();
});

test("keys: the secret of a new one is shown once", async () => {
  draw(<KeysPage />, {
    answers: {
      ApiKeys: () => ({ apiKeys: [shop] }),
      Roles: () => ({ roles: [owner, partner], permissions }),
      ApiKeyCreate: () => ({ apiKeyCreate: { apiKey: { id: "key_2", name: "Till" }, secret: "rgl_secret", applied: true, errors: [] } }),
    },
  });
  expect(await screen.findByText("Works")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "New key" }));
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Till" } });
  fireEvent.click(await screen.findByLabelText("Owner"));
  fireEvent.click(screen.getByRole("button", { name: "Create key" }));
  expect((await screen.findByTestId("secret")).textContent).toBe("rgl_secret");
  fireEvent.click(screen.getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(screen.queryByTestId("secret")).toBeNull());
});

test("keys: one that records consents is bound to purposes", async () => {
  const create = vi.fn(() => ({ apiKeyCreate: { apiKey: { id: "key_2", name: "Till" }, secret: "rgl_secret", applied: true, errors: [] } }));
  const sender = { ...partner, permissions: ["consent.record"] };
  draw(<KeysPage />, {
    answers: {
      ApiKeys: () => ({ apiKeys: [{ ...shop, scopes: ["consent.record"], purposes: ["MARKETING", "SERVICE"] }, { ...shop, id: "key_3", scopes: ["consent.record"] }] }),
      Roles: () => ({ roles: [owner, sender], permissions }),
      KeyPurposes: () => ({ purposes: [{ key: "MARKETING", name: "Offers and news", archivedAt: null }, { key: "OLD", name: "Old one", archivedAt: "2026-01-02T10:00:00Z" }] }),
      ApiKeyCreate: create,
    },
  });
  expect(await screen.findByText("MARKETING, SERVICE")).toBeTruthy();
  expect(screen.getAllByText("All")).toHaveLength(1);
  fireEvent.click(screen.getByRole("button", { name: "New key" }));
  fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Till" } });
  fireEvent.click(await screen.findByLabelText("Owner"));
  expect(screen.queryByText("Purposes", { selector: "label" })).toBeNull();
  fireEvent.click(screen.getByLabelText("Owner"));
  fireEvent.click(screen.getByLabelText("Partner"));
  const purposes = await screen.findByRole("combobox", { name: "Purposes" });
  fireEvent.click(purposes);
  fireEvent.click(await screen.findByRole("option", { name: "Offers and news" }));
  expect(screen.queryByText("Old one")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Create key" }));
  expect((await screen.findByTestId("secret")).textContent).toBe("rgl_secret");
  expect(create).toHaveBeenCalledExactlyOnceWith({ input: expect.objectContaining({ name: "Till", roleIds: ["rol_2"], purposes: ["MARKETING"] }) });
});
