import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { DayBars, filled } from "./day-bars.tsx";
import { draw } from "./testing.tsx";

test("every day of the stretch has a bar, over the end of a month too", () => {
  expect(filled([{ day: "2026-03-01", count: 4 }], "2026-02-27", 4)).toEqual([
    { day: "2026-02-27", count: 0 }, { day: "2026-02-28", count: 0 }, { day: "2026-03-01", count: 4 }, { day: "2026-03-02", count: 0 },
  ]);
});

test("the picture says what it shows, and each day its numbers", async () => {
  draw(<DayBars label="7 go within 4 days." from="2026-02-27" length={4} words={{ count: "Go", other: "Stay" }}
    days={[{ day: "2026-02-28", count: 1204, other: 2 }, { day: "2026-03-01", count: 3 }]} />);
  expect(await screen.findByRole("img", { name: "7 go within 4 days." })).toBeTruthy();
  expect(screen.getByText("28 Feb 2026: 1,204 go, 2 stay")).toBeTruthy();
  expect(screen.getByText("most in a day: 1,206")).toBeTruthy();
});
