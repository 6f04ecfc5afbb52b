import { screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { Story } from "./stories.ts";
import { draw } from "./testing.tsx";

const files = import.meta.glob<{ stories: readonly Story[] }>("../**/*.stories.tsx", { eager: true });

describe.each(Object.entries(files))("%s", (_path, { stories }) => {
  test.each(stories.map((story) => [story.name, story] as const))("%s", async (_name, story) => {
    draw(story.render(), { answers: story.answers ?? {} });
    for (const text of story.shows) {
      expect((await screen.findAllByText((_content, element) => element?.textContent?.includes(text) ?? false)).length, text).toBeGreaterThan(0);
    }
  });
});
