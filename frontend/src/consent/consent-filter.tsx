import { Button, Checkbox, Group, NativeSelect, Stack } from "@mantine/core";
import { useState } from "react";
import { useQuery } from "urql";
import type { Json } from "../graphql.ts";
import { TextSkeleton } from "../ui/states.tsx";
import { plainDate } from "../ui/values.tsx";
import { type Agreements, AgreementsQuery } from "./queries.ts";
import { CHANNELS, channelWord, LIST_STATES, STATES } from "./words.tsx";

type Condition = { [key: string]: Json };

interface ConsentFilterProps {
  /** "consent", "reachable", "list", "term" or "doNotSell", as `where` names them. */
  path: string;
  value: Json | undefined;
  onApply: (value: Condition) => void;
}

/** Asks for a condition about consent; Enter applies. */
export function ConsentFilter({ path, value, onApply }: ConsentFilterProps) {
  const [{ data: known }] = useQuery({ query: AgreementsQuery });
  const before = typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  return known ? <Form key={path} path={path} before={before} known={known} onApply={onApply} /> : <div style={{ width: 260 }}><TextSkeleton lines={4} /></div>;
}

const YES_NO = [{ value: "true", label: "Yes" }, { value: "false", label: "No" }];

function Form({ path, before, known, onApply }: { path: string; before: Condition | undefined; known: Agreements; onApply: (value: Condition) => void }) {
  const [condition, setCondition] = useState<Condition>(before ?? startOf(path, known));
  const change = (next: Condition) => setCondition({ ...condition, ...next });
  const states = Array.isArray(condition["in"]) ? condition["in"].map(String) : [];
  const ready = condition["in"] === undefined || states.length > 0;
  const text = (name: string) => (typeof condition[name] === "string" ? condition[name] : "");
  const versions = known.terms.find(({ key }) => key === condition["term"])?.versions ?? [];
  if (path === "list" && known.lists.length === 0) return <div style={{ width: 260 }}>There are no lists yet.</div>;
  if (path === "term" && known.terms.length === 0) return <div style={{ width: 260 }}>There are no terms yet.</div>;
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (ready) onApply(condition); }}>
      <Stack gap="sm" w={260}>
        {condition["channel"] !== undefined && (
          <NativeSelect aria-label="Channel" size="sm" data-autofocus value={text("channel")} onChange={(event) => change({ channel: event.currentTarget.value })}
            data={CHANNELS.map((channel) => ({ value: channel, label: channelWord(channel) }))} />
        )}
        {condition["purpose"] !== undefined && (
          <NativeSelect aria-label="Purpose" size="sm" value={text("purpose")} onChange={(event) => change({ purpose: event.currentTarget.value })}
            data={known.purposes.map(({ key, name }) => ({ value: key, label: name }))} />
        )}
        {path === "list" && (
          <NativeSelect aria-label="List" size="sm" data-autofocus value={text("list")} onChange={(event) => change({ list: event.currentTarget.value })}
            data={known.lists.map(({ key, name }) => ({ value: key, label: name }))} />
        )}
        {path === "term" && (
          <>
            <NativeSelect aria-label="Terms" size="sm" data-autofocus value={text("term")} onChange={(event) => setCondition({ term: event.currentTarget.value, accepted: condition["accepted"] ?? true })}
              data={known.terms.map(({ key, name }) => ({ value: key, label: name }))} />
            <NativeSelect aria-label="Version" size="sm" value={typeof condition["version"] === "number" ? condition["version"] : ""}
              onChange={(event) => { const { version: _, ...rest } = condition; setCondition(event.currentTarget.value === "" ? rest : { ...rest, version: Number(event.currentTarget.value) }); }}
              data={[{ value: "", label: "The one in force now" }, ...versions.map(({ version, effectiveFrom }) => ({ value: String(version), label: `Version ${version}, from ${plainDate(effectiveFrom)}` }))]} />
            <NativeSelect aria-label="Accepted" size="sm" value={String(condition["accepted"] ?? true)} onChange={(event) => change({ accepted: event.currentTarget.value === "true" })}
              data={[{ value: "true", label: "Accepted" }, { value: "false", label: "Not accepted" }]} />
          </>
        )}
        {condition["in"] !== undefined && (
          <Checkbox.Group aria-label="States" value={states} onChange={(next) => change({ in: next })}>
            <Stack gap="sm">{Object.entries(path === "list" ? LIST_STATES : STATES).map(([state, [, word]]) => <Checkbox key={state} value={state} label={word} />)}</Stack>
          </Checkbox.Group>
        )}
        {condition["eq"] !== undefined && (
          <NativeSelect aria-label={path === "reachable" ? "Reachable" : "Do not sell"} size="sm" value={String(condition["eq"])} onChange={(event) => change({ eq: event.currentTarget.value === "true" })} data={YES_NO} />
        )}
        <Group justify="flex-end"><Button type="submit" disabled={!ready}>Apply</Button></Group>
      </Stack>
    </form>
  );
}

/** What a new condition begins with. */
function startOf(path: string, { purposes, lists, terms }: Agreements): Condition {
  const purpose = purposes.find(({ key }) => key === "MARKETING")?.key ?? purposes[0]?.key ?? "";
  switch (path) {
    case "consent": return { channel: "EMAIL", purpose, in: ["GRANTED"] };
    case "reachable": return { channel: "EMAIL", purpose, eq: true };
    case "list": return { list: lists[0]?.key ?? "", in: ["SUBSCRIBED"] };
    case "term": return { term: terms[0]?.key ?? "", accepted: true };
    default: return { eq: true };
  }
}
