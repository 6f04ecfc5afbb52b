// The filter of the identifiers that this browser had last.
const PLACE = "regulars.identifiers";

export interface KeptFilter {
  kind?: string | undefined;
  state?: string | undefined;
}

/** Reads it; a browser that keeps nothing has none. */
export function keptFilter(): KeptFilter {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    if (typeof raw !== "object" || raw === null) return {};
    const { kind, state } = raw as Record<string, unknown>;
    return { ...(typeof kind === "string" && { kind }), ...(typeof state === "string" && { state }) };
  } catch {
    return {};
  }
}

export function keepFilter(filter: KeptFilter): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(filter));
  } catch {
    // It then stands in the address only.
  }
}
