import { expect, test } from "vitest";
import { CONSENT_TARGETS } from "./consent-chips.ts";
import { type Chip, chipText, whereOf } from "./filters.ts";

const said = (chip: Chip) => {
  const target = CONSENT_TARGETS.find(({ path }) => path === chip[0]);
  return target && chipText(chip, target);
};

test.each<[Chip, string]>([
  [["consent", "is", { channel: "EMAIL", purpose: "MARKETING", in: ["GRANTED", "PENDING"] }], "Email, Marketing: Granted or Pending"],
  [["reachable", "is", { channel: "SMS", purpose: "SERVICE", eq: true }], "SMS, Service: yes"],
  [["list", "is", { list: "newsletter", in: ["SUBSCRIBED"] }], "newsletter: Subscribed"],
  [["term", "is", { term: "conditions", version: 2, accepted: false }], "conditions, version 2: not accepted"],
  [["doNotSell", "is", { eq: false }], "no"],
])("%j in words", (chip, text) => expect(said(chip)).toBe(text));

test("a chip is a condition beside the others; what has not its form is left out", () => {
  const consent: Chip = ["consent", "is", { channel: "EMAIL", purpose: "MARKETING", in: ["GRANTED"] }];
  expect(whereOf([consent], CONSENT_TARGETS)).toEqual({ consent: { channel: "EMAIL", purpose: "MARKETING", in: ["GRANTED"] } });
  expect(whereOf([consent, ["doNotSell", "is", { eq: true }]], CONSENT_TARGETS)).toEqual({ AND: [{ consent: consent[2] }, { doNotSell: { eq: true } }] });
  expect(whereOf([["consent", "is", "yes"], ["consent", "in", ["GRANTED"]]], CONSENT_TARGETS)).toBeNull();
});
