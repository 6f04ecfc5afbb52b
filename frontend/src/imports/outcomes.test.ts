import { expect, test } from "vitest";
import { applyText, sumText, tilesOf } from "./outcomes.ts";

const planned = [{ name: "CREATE", count: 412 }, { name: "INVALID", count: 2 }, { name: "UPDATE", count: 96 }];

test("has a tile for every outcome of a plan, also for those without rows", () => {
  expect(tilesOf(planned).map(({ outcome, count }) => [outcome, count])).toEqual([
    ["CREATE", 412], ["UPDATE", 96], ["UNCHANGED", 0], ["SKIPPED", 0], ["INVALID", 2], ["CONFLICT", 0],
  ]);
});

test("shows drifted rows where there are some", () => {
  expect(tilesOf([{ name: "DRIFTED", count: 3 }]).at(-1)).toEqual({ outcome: "DRIFTED", count: 3 });
});

test("says what applying will do", () => {
  expect(applyText(planned)).toBe("Create 412, update 96");
  expect(applyText([{ name: "CREATE", count: 1 }])).toBe("Create 1");
  expect(applyText([{ name: "UPDATE", count: 1204 }])).toBe("Update 1,204");
  expect(applyText([{ name: "UNCHANGED", count: 5 }])).toBeUndefined();
});

test("adds up to the rows read, whatever is missing", () => {
  expect(sumText(planned, 510, "plan", "to come")).toBe("510 rows read = 412 to create + 96 to update + 2 invalid");
  expect(sumText([{ name: "CREATE", count: 4 }], 7, "done", "not written")).toBe("7 rows read = 4 created + 3 not written");
  expect(sumText([], 0, "plan", "to come")).toBe("0 rows read");
});
