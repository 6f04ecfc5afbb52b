import { useEffect, useRef, useState } from "react";
import type { UserError } from "../ui/errors.ts";
import { type UpdateInput, useSaving } from "./saving.tsx";

const PAUSE_MS = 500;
const NOTHING: readonly UserError[] = [];

/** Asks the server what would be wrong with a change once typing pauses, so that the rules are written in one place only. */
export function useTrial(input: UpdateInput | undefined): readonly UserError[] {
  const { tryOut } = useSaving();
  const [tried, setTried] = useState<{ key: string; errors: readonly UserError[] }>();
  const key = JSON.stringify(input);
  const latest = useRef(tryOut);
  useEffect(() => {
    latest.current = tryOut;
  });
  useEffect(() => {
    if (key === undefined) return;
    let current = true;
    const timer = setTimeout(async () => {
      const found = await latest.current(JSON.parse(key) as UpdateInput);
      if (current) setTried({ key, errors: found });
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key]);
  return tried && tried.key === key ? tried.errors : NOTHING;
}

/** Puts the focus into what has just been opened by hand: `ref={focusNow}`. */
export function focusNow(element: HTMLElement | null): void {
  element?.focus();
}
