import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { draw } from "../ui/testing.tsx";
import { ApplyDialog } from "./apply-dialog.tsx";
import { PrivacyBanners } from "./banners.tsx";
import { EraseDialog } from "./erase-dialog.tsx";
import { dayEnd } from "./hold-dialog.tsx";
import { ProfileDialogs } from "./profile-dialogs.tsx";
import { CUSTOMER, HOLD, PRIVACY } from "./sample.ts";

const quiet = () => undefined;
const refused = (code: string, message: string) => ({ run: null, applied: false, errors: [{ code, message, path: null }] });
const press = async (name: string) => fireEvent.click(await screen.findByRole("button", { name }));
const write = (label: RegExp | string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });

test("nobody is erased before the name is typed; the days of grace are sent", async () => {
  const erase = vi.fn(() => ({ customerErase: { run: { id: "run_1", kind: "ERASE", status: "QUEUED", title: "1 selected customer" }, applied: true, errors: [] } }));
  const onClose = vi.fn();
  draw(<EraseDialog id="cus_1" name="Jane Doe" onClose={onClose} />, { answers: { CustomerErase: erase } });
  await press("In 30 days");
  const button = screen.getByRole<HTMLButtonElement>("button", { name: "Erase in 30 days" });
  expect(button.disabled).toBe(true);
  write(/to confirm/, "Jane");
  expect(button.disabled).toBe(true);
  write(/to confirm/, " Jane Doe ");
  write(/^Reason/, " By letter ");
  fireEvent.click(button);
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(erase).toHaveBeenCalledExactlyOnceWith({ id: "cus_1", input: { reason: "By letter", graceDays: 30 } });
});

test("a refusal stays in the dialog", async () => {
  const onClose = vi.fn();
  draw(<EraseDialog id="cus_1" name="Jane Doe" onClose={onClose} />, { answers: { CustomerErase: () => ({ customerErase: refused("ALREADY_ASKED", "Another request is under way.") }) } });
  await screen.findByText("This cannot be undone.");
  write(/to confirm/, "Jane Doe");
  await press("Erase now");
  expect(await screen.findByText("Another request is under way.")).toBeTruthy();
  expect(onClose).not.toHaveBeenCalled();
});

test("a hold is said in place of the question", async () => {
  draw(<ProfileDialogs dialog="erase" id="cus_1" name="Jane Doe" onClose={quiet} />, { answers: { CustomerPrivacy: () => ({ customer: { ...CUSTOMER, hold: HOLD } }) } });
  expect(await screen.findByText(/On hold until 3 Feb 2031, by Ada Admin/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Erase/ })).toBeNull();
});

test("of many the number is typed, and sent as what was read", async () => {
  const apply = vi.fn(() => ({ privacyApply: { run: { id: "run_1", kind: "ERASE", phase: "APPLY", status: "QUEUED" }, applied: true, errors: [] } }));
  const onApplied = vi.fn();
  draw(<ApplyDialog id="run_1" privacy={PRIVACY} onApplied={onApplied} onClose={quiet} />, { answers: { PrivacyApply: apply } });
  const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Erase 1,204 customers" });
  expect(button.disabled).toBe(true);
  write(/to confirm/, "1204");
  fireEvent.click(button);
  await waitFor(() => expect(onApplied).toHaveBeenCalledOnce());
  expect(apply).toHaveBeenCalledExactlyOnceWith({ id: "run_1", input: { customers: 1204 } });
});

test("the banners of a profile say what keeps and what takes", async () => {
  const privacyRequest = {
    id: "run_1", kind: "ERASE", phase: "PLAN", status: "READY", cancelRequested: false, createdBy: { kind: "USER", name: "Ada Admin" },
    privacy: { act: "ERASE", reason: "By letter", applyAt: "2026-03-12T12:00:00Z" },
  };
  const answers = { CustomerPrivacy: () => ({ customer: { ...CUSTOMER, hold: HOLD, privacyRequest } }) };
  draw(<PrivacyBanners id="cus_1" name="Jane Doe" />, { answers, permissions: ["run.read", "customer.erase"] });
  expect(await screen.findByText(/Will be erased on 12 Mar 2026, asked for by Ada Admin/)).toBeTruthy();
  expect(screen.getByText(/it can be neither anonymized nor erased/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Cancel" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Lift hold" })).toBeNull();
});

test("a day of anonymization stands in no zone", async () => {
  draw(<PrivacyBanners id="cus_1" name="Anonymous 3f9a" />, { answers: { CustomerPrivacy: () => ({ customer: { ...CUSTOMER, anonymizedAt: "2026-03-12T00:00:00Z" } }) } });
  expect(await screen.findByText(/Anonymized on 12 Mar 2026/)).toBeTruthy();
});

test("the last day of a hold is part of it, also over the end of a year", () => {
  expect(new Date(dayEnd("2026-12-31")).getTime()).toBe(new Date(2027, 0, 1).getTime());
});
