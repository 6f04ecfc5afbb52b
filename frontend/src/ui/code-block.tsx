import { Code } from "@mantine/core";

/** Code that scrolls when it is long; it takes the focus, or the keyboard could not scroll it. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
  return <Code block p="md" mah={220} style={{ overflow: "auto" }} tabIndex={0} role="region" aria-label={label}>{text}</Code>;
}
