import { describe, expect, test } from "vitest";
import { type Chip, chipText, operatorsOf, readChips, type Target, targetsOf, whereOf } from "./filters.ts";
import { SAMPLE_FIELDS } from "./sample-fields.ts";
import { readListSearch, sortOf } from "./search.ts";

const targets = targetsOf(SAMPLE_FIELDS);
const target = (path: string): Target => {
  const found = targets.find((one) => one.path === path);
  if (!found) throw new Error(path);
  return found;
};
const said = (chip: Chip) => chipText(chip, target(chip[0]));

describe("what can be filtered by", () => {
  test("fields, and the parts of lists by the name of one item", () => {
    expect(targets.map(({ label }) => label)).toEqual([
      "Kind", "Given name", "Job title", "Date of birth", "Gender", "Email address", "Email label", "Email primary", "Emails",
      "Address city", "Address country", "Address primary", "Addresses", "Tags", "Last seen", "Created",
    ]);
  });
  test("the declaration's operators, with isSet as two", () => {
    expect(operatorsOf(target("gender")).map(({ id }) => id)).toEqual(["eq", "neq", "in", "nin", "isSet", "isUnset"]);
    expect(operatorsOf(target("lastSeenAt")).map(({ label }) => label)).toEqual([
      "is before", "is on or after", "in the last days", "more days ago than", "is known", "is missing",
    ]);
  });
});

describe("chips in words", () => {
  test.each<[Chip, string]>([
    [["addresses.countryCode", "in", ["NL", "BE"]], "NL, BE"],
    [["tags", "hasAny", ["a", "b", "c", "d", "e"]], "a, b, c +2"],
    [["tags", "hasNone", ["vip"]], "none of vip"],
    [["gender", "nin", ["FEMALE"]], "none of Female"],
    [["givenName", "startsWith", "Ja"], "starts with Ja"],
    [["dateOfBirth", "lt", "1990-01-02"], "before 2 Jan 1990"],
    [["lastSeenAt", "olderThanDays", 30], "> 30 d ago"],
    [["emails", "isSet", false], "is missing"],
    [["emails.primary", "eq", true], "yes"],
    [["jobTitle", "neq", "Editor"], "not Editor"],
  ])("%j", (chip, text) => expect(said(chip)).toBe(text));
});

describe("chips as where", () => {
  test("none is no filter, one stands alone, several are joined by AND", () => {
    const country: Chip = ["addresses.countryCode", "in", ["NL"]];
    expect(whereOf([], targets)).toBeNull();
    expect(whereOf([country], targets)).toEqual({ addresses: { any: { countryCode: { in: ["NL"] } } } });
    expect(whereOf([country, ["kind", "eq", "KNOWN"]], targets)).toEqual({
      AND: [{ addresses: { any: { countryCode: { in: ["NL"] } } } }, { kind: { eq: "KNOWN" } }],
    });
  });
  test("a day of a moment begins where the reader is; a date stays", () => {
    expect(whereOf([["createdAt", "gte", "2026-03-12"]], targets)).toEqual({ createdAt: { gte: new Date(2026, 2, 12).toISOString() } });
    expect(whereOf([["dateOfBirth", "gte", "1990-01-01"]], targets)).toEqual({ dateOfBirth: { gte: "1990-01-01" } });
  });
  test("what no field knows is left out", () => {
    expect(whereOf([["shoeSize", "eq", 44], ["gender", "soundsLike", "x"]], targets)).toBeNull();
  });
});

describe("the address", () => {
  test("keeps what it can read and drops the rest", () => {
    const chips = [["tags", "hasAny", ["vip"]], "nonsense", ["tags", "hasAny"], ["tags", "eq", null]];
    expect(readChips(chips)).toEqual([["tags", "hasAny", ["vip"]]]);
    expect(readListSearch({ q: 42, where: chips, sort: "NAME", size: 30, direction: "up", columns: ["emails", 7], after: "x", before: "y", peek: "" })).toEqual({
      q: "42", where: [["tags", "hasAny", ["vip"]]], sort: "NAME", columns: ["emails"], after: "x",
    });
    expect(readListSearch({ where: "no list", size: 25 })).toEqual({ size: 25 });
  });
  test("times begin with the newest, names with A", () => {
    expect(sortOf({})).toEqual({ field: "CREATED", direction: "DESC" });
    expect(sortOf({ sort: "NAME" })).toEqual({ field: "NAME", direction: "ASC" });
    expect(sortOf({ sort: "NAME", direction: "DESC" })).toEqual({ field: "NAME", direction: "DESC" });
  });
});
