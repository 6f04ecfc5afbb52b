import { Button } from "@mantine/core";
import { IconSearchOff } from "@tabler/icons-react";
import { useMemo } from "react";
import { gql, useQuery } from "urql";
import { EmptyState } from "../ui/states.tsx";
import { type Chip, chipText, type Target, whereOf } from "./filters.ts";

interface NothingFoundProps {
  q: string;
  chips: readonly Chip[];
  targets: readonly Target[];
  onSearch: (q: string) => void;
  onChips: (chips: Chip[]) => void;
}

/** Nothing meets all of it: says which part to let go to find some. */
export function NothingFound({ q, chips, targets, onSearch, onChips }: NothingFoundProps) {
  const ways = useMemo(() => {
    const known = chips.map((chip, index) => ({ chip, index, target: targets.find(({ path }) => path === chip[0]) }));
    const removals = known.flatMap(({ chip, index, target }) => (target ? [{
      name: `without${index}`, label: `${target.label}: ${chipText(chip, target)}`, q, rest: chips.filter((_, place) => place !== index),
    }] : []));
    return q === "" ? removals : [{ name: "withoutSearch", label: `the search “${q}”`, q: "", rest: [...chips] }, ...removals];
  }, [q, chips, targets]);
  // Alone, a filter need not be tried: without it there is the whole list.
  const tried = ways.length > 1 ? ways : [];
  const query = useMemo(() => documentOf(ways.map(({ name }) => name)), [ways]);
  const variables = useMemo(
    () => Object.fromEntries(ways.flatMap((way) => [[way.name, whereOf(way.rest, targets)], [`${way.name}Q`, way.q === "" ? null : way.q]])),
    [ways, targets],
  );
  const [{ data }] = useQuery<Record<string, { nodes: { id: string }[] }>>({ query, variables, pause: tried.length === 0 });
  const helpful = tried.length === 0 ? ways : tried.filter(({ name }) => (data?.[name]?.nodes.length ?? 0) > 0);
  const letGo = (way: (typeof ways)[number]) => (way.q === q ? onChips(way.rest) : onSearch(""));
  return (
    <EmptyState icon={<IconSearchOff size={28} stroke={1.5} />} title="No customer meets all of this"
      action={helpful.length > 0
        ? helpful.map((way) => <Button key={way.name} variant="default" onClick={() => letGo(way)}>Remove {way.label}</Button>)
        : data && <Button variant="default" onClick={() => { onSearch(""); onChips([]); }}>Remove all</Button>}>
      {helpful.length > 0 ? "There are some without:" : data && "Taking away any one of them is not enough."}
    </EmptyState>
  );
}

/** One alias a way. */
export function documentOf(names: readonly string[]) {
  const variables = names.map((name) => `$${name}: CustomerWhere, $${name}Q: String`).join(", ");
  const tries = names.map((name) => `${name}: customers(first: 1, search: $${name}Q, where: $${name}) { nodes { id } }`);
  return gql(`query WhatHides${names.length > 0 ? `(${variables})` : ""} { ${tries.join("\n  ") || "viewer { id }"} }`);
}
