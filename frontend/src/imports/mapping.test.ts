import { expect, test } from "vitest";
import { type Column, doubtful, mapped, planned, readChosen, ruleTo, sendTo, type Target, unmapped } from "./mapping.ts";

const columns: Column[] = [
  { index: 0, header: "email", samples: ["a@example.org"], target: "emails.address", rule: "APPEND", proposed: true, certain: true },
  { index: 1, header: "billing city", samples: [], target: "addresses.city", rule: "APPEND", proposed: true, certain: false },
  { index: 2, header: "", samples: ["44"], target: null, rule: "IGNORE", proposed: false, certain: false },
];
const jobTitle: Target = { path: "job_title", label: "Job title", about: "", rules: ["FILL_EMPTY", "OVERWRITE", "IGNORE"] };

test("takes the proposal where nothing was chosen", () => {
  expect(mapped(columns, {})).toEqual(columns);
  expect(doubtful(columns).map((one) => one.header)).toEqual(["billing city"]);
  expect(unmapped(columns)).toEqual(["Column 3"]);
});

test("sends a column to a field with the first rule it allows, and is certain from then on", () => {
  const [, city, last] = mapped(columns, sendTo({}, columns[2] as Column, jobTitle));
  expect(last).toMatchObject({ target: "job_title", rule: "FILL_EMPTY", certain: true });
  expect(city?.certain).toBe(false);
});

test("sends a column nowhere, by its field or by its rule", () => {
  const email = columns[0] as Column;
  expect(sendTo({}, email, null)).toEqual({ 0: [null, "IGNORE"] });
  expect(ruleTo({}, email, "IGNORE")).toEqual({ 0: [null, "IGNORE"] });
  expect(unmapped(mapped(columns, sendTo({}, email, null)))).toEqual(["email", "Column 3"]);
});

test("keeps the field when only the rule changes", () => {
  expect(ruleTo({}, { ...columns[0] as Column, target: "job_title", rule: "FILL_EMPTY" }, "OVERWRITE")).toEqual({ 0: ["job_title", "OVERWRITE"] });
});

test("sends every column with the plan, the ignored ones too", () => {
  expect(planned(columns)).toEqual([
    { index: 0, target: "emails.address", rule: "APPEND" }, { index: 1, target: "addresses.city", rule: "APPEND" }, { index: 2, target: null, rule: "IGNORE" },
  ]);
});

test("reads choices from an address and drops what makes no sense", () => {
  expect(readChosen({ 1: ["job_title", "OVERWRITE"], 2: [null, "IGNORE"], x: ["a", "APPEND"], 3: ["a", "DROP TABLE"], 4: "a", 5: [7, "APPEND"] }))
    .toEqual({ 1: ["job_title", "OVERWRITE"], 2: [null, "IGNORE"] });
  expect(readChosen("no")).toEqual({});
});
