import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration, plainDate, relativeTime } from "./values.tsx";

const NOW = Date.parse("2026-03-12T12:00:00Z");

describe("a moment", () => {
  test.each([
    ["2026-03-12T11:59:40Z", "just now"],
    ["2026-03-12T11:48:00Z", "12 min ago"],
    ["2026-03-12T08:59:00Z", "3 h ago"],
    ["2026-03-06T12:00:00Z", "6 d ago"],
    ["2026-03-05T12:00:00Z", "5 Mar 2026"],
    ["2026-03-12T14:30:00Z", "in 2 h"],
  ])("%s reads %s", (at, text) => expect(relativeTime(at, NOW)).toBe(text));

  test("a date stands in no zone", () => expect(plainDate("1985-07-04")).toBe("4 Jul 1985"));
});

test.each([[0, "0 B"], [999, "999 B"], [1400, "1.4 kB"], [46_000_000, "46 MB"]])("%i bytes read %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([[4.4, "4 s"], [120, "2 min"], [130, "2 min 10 s"], [3900, "1 h 5 min"]])("%d seconds read %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
