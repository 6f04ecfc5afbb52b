import { useState } from "react";

interface Cursors {
  after: string | null;
  /** Undefined on the first page. */
  back: (() => void) | undefined;
  /** Undefined where the list ends. */
  forward: (page: { hasNextPage: boolean; endCursor?: string | null } | undefined) => (() => void) | undefined;
}

/** Walks a list that only goes forward by cursors, and back along the way it came. For lists whose place need not be in the address. */
export function useCursors(): Cursors {
  const [way, setWay] = useState<string[]>([]);
  return {
    after: way.at(-1) ?? null,
    back: way.length > 0 ? () => setWay(way.slice(0, -1)) : undefined,
    forward: (page) => {
      const end = page?.hasNextPage ? page.endCursor : undefined;
      return end ? () => setWay([...way, end]) : undefined;
    },
  };
}
