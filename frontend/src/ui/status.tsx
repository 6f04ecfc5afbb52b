import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "going" | "quiet";

/** A state: a dot in its colour and its word. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  const color = tone === "quiet" ? "var(--mantine-color-dimmed)" : `var(--${tone})`;
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 6, color, whiteSpace: "nowrap" }}>
      <span aria-hidden="true" style={{ width: 7, height: 7, borderRadius: "50%", background: "currentColor", flex: "none" }} />
      {children}
    </span>
  );
}
