import type { ReactNode } from "react";
import type { Answers } from "./testing.tsx";

/** One state of a component. The tests draw it and look for every text; `npm run dev` shows all at /stories.html. */
export interface Story {
  name: string;
  render: () => ReactNode;
  /** Texts that a person must be able to read. */
  shows: readonly string[];
  answers?: Answers;
}
