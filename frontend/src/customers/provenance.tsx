import { Tooltip } from "@mantine/core";
import { createContext, type ReactElement, type ReactNode, use, useMemo } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { exactTime, relativeTime } from "../ui/values.tsx";

export const ProvenanceQuery = graphql(`
  query CustomerProvenance($id: ID!) {
    customer(id: $id) {
      id
      provenance { path at source version actor { kind name } run { id row fileName } }
    }
  }
`);

type Entry = NonNullable<ResultOf<typeof ProvenanceQuery>["customer"]>["provenance"][number];
export type Origin = Pick<Entry, "at" | "source" | "actor" | "run">;

const ProvenanceContext = createContext<ReadonlyMap<string, Entry>>(new Map());

/** Knows for everything inside who put each value there. */
export function ProvenanceProvider({ id, children }: { id: string; children: ReactNode }) {
  const [{ data }] = useQuery({ query: ProvenanceQuery, variables: { id } });
  const byPath = useMemo(() => new Map((data?.customer?.provenance ?? []).map((entry) => [entry.path, entry])), [data]);
  return <ProvenanceContext value={byPath}>{children}</ProvenanceContext>;
}

/** "from import shops-2026.csv, row 214", "by Ada", "by the key Shop over the API". */
export function originText({ source, actor, run }: Origin): string {
  if (source === "IMPORT") return [`from import ${run?.fileName ?? ""}`.trim(), run?.row && `row ${run.row}`].filter(Boolean).join(", ");
  if (source === "API") return actor.kind === "API_KEY" ? `by the key ${actor.name} over the API` : `by ${actor.name} over the API`;
  return source === "SYSTEM" ? "by Regulars itself" : `by ${actor.name}`;
}

/** Who put the value there, when and how, while the pointer or the focus is on it. */
export function WithOrigin({ path, children }: { path: string; children: ReactElement<Record<string, unknown>> }) {
  const entry = use(ProvenanceContext).get(path);
  if (!entry) return children;
  const said = originText(entry);
  const label = <>{said.charAt(0).toUpperCase() + said.slice(1)}<br />{relativeTime(entry.at)}, {exactTime(entry.at)}</>;
  return <Tooltip label={label} events={{ hover: true, focus: true, touch: false }} position="top-start" openDelay={500}>{children}</Tooltip>;
}
