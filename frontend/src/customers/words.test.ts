import { expect, test } from "vitest";
import { SAMPLE_FIELDS } from "./sample-fields.ts";
import { draftOf, valueFrom } from "./scalar-editor.tsx";
import { dayOf } from "./timeline.tsx";
import { isEmpty, without } from "./update-input.ts";
import { addressText, ageOf, enumWord, historyText, primaryOf, scalarText } from "./words.ts";

const fieldOf = (name: string) => {
  const found = SAMPLE_FIELDS.find((field) => field.name === name);
  if (!found) throw new Error(name);
  return found;
};

test("a date is a day of the calendar in every time zone", () => {
  expect(scalarText(fieldOf("dateOfBirth"), "1985-07-04")).toBe("4 Jul 1985");
  expect(scalarText(fieldOf("dateOfBirth"), null)).toBeUndefined();
});

test("an age goes up on the birthday", () => {
  expect(ageOf("1985-07-04", new Date(2026, 6, 3))).toBe(40);
  expect(ageOf("1985-07-04", new Date(2026, 6, 4))).toBe(41);
});

test("values by their type", () => {
  expect(enumWord("UNDISCLOSED")).toBe("Undisclosed");
  expect(scalarText({ type: "TEXT", name: "locale" }, "nl-NL")).toBe("Dutch (Netherlands) · nl-NL");
  expect(scalarText({ type: "TEXT", name: "locale" }, "not a tag")).toBe("not a tag · not a tag");
  expect(scalarText({ type: "NUMBER", name: "version" }, 1204)).toBe(new Intl.NumberFormat().format(1204));
  expect(scalarText({ type: "TEXT", name: "jobTitle" }, "")).toBeUndefined();
});

test("an address in one line, whatever is missing", () => {
  expect(addressText({ street: "Keizersgracht", houseNumber: "1", postalCode: "1016 AB", city: "Amsterdam", countryCode: "NL" }))
    .toBe("Keizersgracht 1, 1016 AB Amsterdam, Netherlands");
  expect(addressText({ city: null, countryCode: "BE" })).toBe("Belgium");
  expect(addressText({})).toBe("");
});

test("items of the history have declared names", () => {
  expect(historyText(fieldOf("addresses"), { id: "a", house_number: "1", street: "Dam", country_code: "NL" })).toBe("Dam 1, Netherlands");
  expect(historyText(fieldOf("tags"), "vip")).toBe("vip");
  expect(historyText(undefined, null)).toBeUndefined();
});

test("the primary item, else the first", () => {
  expect(primaryOf([{ id: 1, primary: false }, { id: 2, primary: true }])).toEqual({ id: 2, primary: true });
  expect(primaryOf([{ id: 1, primary: false }])).toEqual({ id: 1, primary: false });
  expect(primaryOf([])).toBeUndefined();
});

test("days of the timeline", () => {
  const noon = new Date(2026, 2, 12, 12).getTime();
  expect(dayOf(new Date(2026, 2, 12, 0, 1).toISOString(), noon)).toBe("Today");
  expect(dayOf(new Date(2026, 2, 11, 23, 59).toISOString(), noon)).toBe("Yesterday");
  expect(dayOf(new Date(2026, 2, 10).toISOString(), noon)).toBe("10 Mar 2026");
});

test("what is typed and what is sent", () => {
  const seen = fieldOf("lastSeenAt");
  expect(valueFrom(seen, draftOf(seen, "2026-03-12T09:30:05Z"))).toBe("2026-03-12T09:30:05.000Z");
  expect(valueFrom(fieldOf("jobTitle"), "  ")).toBeNull();
  expect(valueFrom(fieldOf("jobTitle"), " Editor ")).toBe("Editor");
  expect(draftOf(fieldOf("gender"), null)).toBe("");
});

test("a wish without the paths on which theirs is taken", () => {
  const wish = { jobTitle: "Editor", emails: { edit: [{ id: "a", label: "home" }, { id: "b", primary: true }], remove: ["c"] }, tags: { add: ["VIP"], remove: ["Café"] } };
  expect(without(wish, ["job_title", "emails.a", "tags.cafe"])).toEqual({ emails: { edit: [{ id: "b", primary: true }], remove: ["c"] }, tags: { add: ["VIP"] } });
  expect(isEmpty(without(wish, ["job_title", "emails.a", "emails.b", "emails.c", "tags.vip", "tags.cafe"]))).toBe(true);
  expect(isEmpty(wish)).toBe(false);
});
