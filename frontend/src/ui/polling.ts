import { useEffect, useRef } from "react";

/** Calls again and again while the page is looked at, and once when it is looked at again. Undefined milliseconds stop it. */
export function usePolling(ask: () => void, everyMs: number | undefined): void {
  const latest = useRef(ask);
  useEffect(() => {
    latest.current = ask;
  });
  useEffect(() => {
    if (everyMs === undefined) return;
    const call = () => {
      if (!document.hidden) latest.current();
    };
    const timer = setInterval(call, everyMs);
    document.addEventListener("visibilitychange", call);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", call);
    };
  }, [everyMs]);
}
