import { expect, test } from "vitest";
import { DONE, FORECAST, POLICY, PRIVACY } from "./sample.ts";
import { blockText, daysText, figureRows, figureWord, firstRunCount, holdText, leftOutText, policyText, retentionText, untilText } from "./words.ts";

const local = (year: number, month: number, day: number, hour = 0) => new Date(year, month - 1, day, hour).toISOString();

test("a hold that ends with a day says the day that is still part of it", () => {
  expect(untilText(local(2031, 2, 4))).toBe("until the end of 3 Feb 2031");
  expect(untilText(local(2031, 2, 4, 14))).toBe("until 4 Feb 2031");
  expect(holdText({ until: null })).toBe("On hold until it is lifted");
});

test("what becomes of somebody is one sentence, and so is why not", () => {
  const retention = { policy: { id: "rtp_1", name: "Old" }, act: "ANONYMIZE", goesAt: local(2027, 2, 3, 3), blockedBy: null, until: null } as const;
  expect(retentionText(retention)).toBe("Will be anonymized on 3 Feb 2027 by the policy “Old”");
  expect(retentionText({ ...retention, blockedBy: "EXEMPTION", goesAt: null })).toBe("Not anonymized by the policy “Old”: meets the exemption");
  expect(blockText("HOLD", local(2031, 2, 4, 14))).toBe("on hold until 4 Feb 2031");
  expect(blockText("HOLD", null)).toBe("on hold until it is lifted");
});

test("a policy is a sentence; only whole years are said as years", () => {
  expect(policyText(POLICY)).toBe("Anonymize known customers 2 years after they were last seen");
  expect(policyText({ ...POLICY, kind: null, act: "ERASE", ageOf: "CREATED", days: 1 })).toBe("Erase customers 1 day after they were created");
  expect(daysText(400)).toBe("400 days");
});

test("whom a plan leaves out", () => {
  expect(leftOutText(PRIVACY)).toBe("3 on hold, 2 not there any more");
  expect(leftOutText({ held: 0, missing: 0 })).toBe("");
});

test("figures stand beside each other, first those that differ", () => {
  expect(DONE.figures && figureRows(DONE.figures)).toEqual([
    { name: "created_at:2024-03", before: 80, after: 79 }, { name: "customers", before: 1204, after: 1204 },
  ]);
  expect(figureWord("created_at:2024-03")).toBe("Created at: 2024-03");
});

test("the first run takes who is of age by then, and nobody who comes of age later", () => {
  expect(firstRunCount(FORECAST)).toBe(4);
  expect(firstRunCount({ ...FORECAST, firstRunAt: "2026-03-10T02:00:00Z" })).toBe(0);
});
