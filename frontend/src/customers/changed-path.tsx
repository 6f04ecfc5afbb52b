import type { Json } from "../graphql.ts";
import { Missing } from "../ui/values.tsx";
import type { Field } from "./fields.ts";
import { oneOf } from "./fields.ts";
import styles from "./profile.module.css";
import { historyText, scalarText } from "./words.ts";

interface PathChange {
  path: string;
  label: string;
  before?: Json | null;
  after?: Json | null;
}

type Item = Record<string, Json | undefined>;
const asItem = (value: Json | null | undefined): Item | undefined => (typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined);

// What nobody edits by hand: it follows from the rest of the item.
const DERIVED = new Set(["id", "normalized", "raw", "valid", "masked"]);

/** One path of a save in plain words: "Job title Sales -> Editor", "Email added jane@ex.org", "Email jane@ex.org: label home -> work". */
export function ChangedPath({ change, fields }: { change: PathChange; fields: readonly Field[] }) {
  const field = fields.find(({ path }) => path === change.path.split(".")[0]);
  const { before = null, after = null } = change;
  const isItem = change.path.includes(".");
  if (!isItem) {
    return <><Label>{change.label}</Label> {before !== null && <><Was>{said(field, before)}</Was> → </>}{after === null ? <>cleared</> : <bdi>{said(field, after)}</bdi>}</>;
  }
  const name = field ? oneOf(field) : change.label;
  if (before === null) return <><Label>{name}</Label> added <bdi>{said(field, after)}</bdi></>;
  if (after === null) return <><Label>{name}</Label> removed <Was>{said(field, before)}</Was></>;
  return <><Label>{name}</Label> <bdi>{said(field, after)}</bdi>: <Parts before={asItem(before) ?? {}} after={asItem(after) ?? {}} field={field} /></>;
}

function said(field: Field | undefined, value: Json): string {
  const text = historyText(field, value);
  return text === undefined || text === "" ? "–" : text;
}

function Label({ children }: { children: string }) {
  return <span className={styles.what}>{children}</span>;
}

function Was({ children }: { children: string }) {
  return <bdi className={styles.was}>{children}</bdi>;
}

function Parts({ before, after, field }: { before: Item; after: Item; field: Field | undefined }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !DERIVED.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (names.length === 0) return <>changed</>;
  return names.map((name, index) => {
    const part = field?.items.find(({ path }) => path === name);
    if (name === "primary") return <span key={name}>{index > 0 && ", "}{after[name] === true ? "is primary now" : "is no longer primary"}</span>;
    const was = part ? scalarText(part, before[name]) : String(before[name] ?? "");
    const is = part ? scalarText(part, after[name]) : String(after[name] ?? "");
    return <span key={name}>{index > 0 && ", "}{(part?.label ?? name).toLowerCase()} {was ? <Was>{was}</Was> : <Missing />} → {is ? <bdi>{is}</bdi> : <Missing />}</span>;
  });
}
