import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
// Fetched when it is wanted; here it is, so that no test waits for it.
import "./conflict-dialog.tsx";
import { draw } from "../ui/testing.tsx";
import { SAMPLE_FIELDS } from "./sample-fields.ts";
import { SavingProvider } from "./saving.tsx";
import { ScalarField } from "./scalar-field.tsx";

const jobTitle = SAMPLE_FIELDS.find(({ name }) => name === "jobTitle");
if (!jobTitle) throw new Error("The sample has no job title.");
const field = jobTitle;

interface Sent {
  id: string;
  input: { jobTitle?: string | null; expectedVersion?: number };
}

const CONFLICT = { path: "job_title", original: "Sales", theirs: "Director", yours: "Editor", at: "2026-03-12T09:00:00Z", by: { name: "Bob", __typename: "Actor" }, __typename: "FieldConflict" };

function answer(rest: object) {
  return { customerUpdate: { applied: true, rebased: false, conflicts: [], errors: [], warnings: [], customer: { id: "cus_1", version: 5, __typename: "Customer" }, change: null, ...rest } };
}

function drawField(update: (sent: Sent) => object) {
  const sent = vi.fn(update);
  draw(
    <SavingProvider id="cus_1" fields={SAMPLE_FIELDS}><ScalarField field={field} value="Sales" version={3} writes /></SavingProvider>,
    { answers: { CustomerUpdate: sent, CustomerUpdateTrial: () => ({ customerUpdate: { errors: [] } }) } },
  );
  return sent;
}

async function type(text: string) {
  fireEvent.click(await screen.findByRole("button", { name: "Job title: Sales. Edit" }));
  fireEvent.change(screen.getByRole("textbox", { name: "Job title" }), { target: { value: text } });
}

test("Enter saves with the version that was edited, and says so", async () => {
  const sent = drawField(() => answer({ change: { id: "chg_1", version: 4 } }));
  await type("Editor");
  fireEvent.submit(screen.getByRole("textbox"));
  expect(await screen.findByText("Job title saved")).toBeTruthy();
  expect(sent).toHaveBeenCalledExactlyOnceWith({ id: "cus_1", input: { jobTitle: "Editor", expectedVersion: 3 } });
  expect(screen.getByRole("button", { name: "Undo" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "Job title: Editor. Edit" })).toBeTruthy();
});

test("Esc leaves the value alone", async () => {
  const sent = drawField(() => answer({}));
  await type("Editor");
  fireEvent.keyDown(screen.getByRole("textbox"), { key: "Escape" });
  expect(await screen.findByRole("button", { name: "Job title: Sales. Edit" })).toBeTruthy();
  expect(sent).not.toHaveBeenCalled();
});

test("what is wrong stands beside the field, which stays open", async () => {
  drawField(() => answer({ applied: false, errors: [{ code: "TOO_LONG", message: "At most 200 characters; this has 201.", path: ["job_title"] }] }));
  await type("x");
  fireEvent.submit(screen.getByRole("textbox"));
  expect(await screen.findByText("At most 200 characters; this has 201.")).toBeTruthy();
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("x");
});

test("a clash shows theirs, mine and what it was; mine is saved on their version", async () => {
  const sent = drawField(({ input }) => (input.expectedVersion === 3 ? answer({ applied: false, conflicts: [CONFLICT] }) : answer({ change: { id: "chg_1", version: 6 } })));
  await type("Editor");
  fireEvent.submit(screen.getByRole("textbox"));
  expect(await screen.findByText("Somebody else changed this meanwhile")).toBeTruthy();
  expect(screen.getByText("Director")).toBeTruthy();
  expect(screen.getByText("Editor")).toBeTruthy();
  expect(screen.getByText(/It was:/).textContent).toBe("It was: Sales");
  fireEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent).toHaveBeenCalledTimes(2));
  expect(sent).toHaveBeenLastCalledWith({ id: "cus_1", input: { jobTitle: "Editor", expectedVersion: 5 } });
});

test("taking theirs saves nothing and closes the editor", async () => {
  const sent = drawField(() => answer({ applied: false, conflicts: [CONFLICT] }));
  await type("Editor");
  fireEvent.submit(screen.getByRole("textbox"));
  fireEvent.click(await screen.findByRole("radio", { name: /Take theirs/ }));
  fireEvent.click(screen.getByRole("button", { name: "Take theirs" }));
  await waitFor(() => expect(screen.queryByRole("textbox")).toBeNull());
  expect(sent).toHaveBeenCalledOnce();
});

test("going back keeps what was typed", async () => {
  drawField(() => answer({ applied: false, conflicts: [CONFLICT] }));
  await type("Editor");
  fireEvent.submit(screen.getByRole("textbox"));
  fireEvent.click(await screen.findByRole("button", { name: "Back to editing" }));
  await waitFor(() => expect(screen.queryByText("Somebody else changed this meanwhile")).toBeNull());
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("Editor");
});
