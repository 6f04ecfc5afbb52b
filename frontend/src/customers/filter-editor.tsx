import { Button, Checkbox, Group, NativeSelect, NumberInput, Stack, TagsInput, TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Json } from "../graphql.ts";
import { focusNow } from "./editing.ts";
import { type Chip, operatorsOf, takesMany, type Target } from "./filters.ts";
import { enumWord } from "./words.ts";

const ConsentFilter = lazy(async () => ({ default: (await import("../consent/consent-filter.tsx")).ConsentFilter }));

interface FilterEditorProps {
  target: Target;
  /** The chip that is changed; none for a new one. */
  chip?: Chip | undefined;
  onApply: (chip: Chip) => void;
}

/** Asks how and with what; Enter applies. The field's type decides what can be chosen. */
export function FilterEditor(props: FilterEditorProps) {
  const { target, chip, onApply } = props;
  if (target.type !== "CONSENT") return <FieldFilter {...props} />;
  return <Suspense fallback={null}><ConsentFilter path={target.path} value={chip?.[2]} onApply={(value) => onApply([target.path, "is", value])} /></Suspense>;
}

function FieldFilter({ target, chip, onApply }: FilterEditorProps) {
  const operators = operatorsOf(target);
  // The operator that it opens with: the value then takes the focus; later the focus is where the person put it.
  const first = chip ? (chip[1] === "isSet" && chip[2] === false ? "isUnset" : chip[1]) : startWith(target);
  const [operator, setOperator] = useState(first);
  const [value, setValue] = useState<Json>(chip && chip[1] !== "isSet" ? chip[2] : null);
  const asks = operator !== "isSet" && operator !== "isUnset";
  const ready = !asks || finished(operator, value) !== null;
  const submit = () => {
    if (!ready) return;
    onApply(asks ? [target.path, operator, finished(operator, value)] : [target.path, "isSet", operator === "isSet"]);
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <Stack gap="sm" w={260}>
        <NativeSelect aria-label={`How ${target.label} is compared`} value={operator} size="sm"
          data={operators.map(({ id, label }) => ({ value: id, label }))} onChange={(event) => setOperator(event.currentTarget.value)} />
        {asks && <Value target={target} operator={operator} value={value} onChange={setValue} focus={operator === first ? focusNow : undefined} />}
        <Group justify="flex-end"><Button type="submit" disabled={!ready}>Apply</Button></Group>
      </Stack>
    </form>
  );
}

function startWith(target: Target): string {
  const wished = { ENUM: "in", DATETIME: "withinDays", TAGS: "hasAny", TEXT: target.operators.includes("hasWord") ? "hasWord" : "in" };
  const wish = wished[target.type as keyof typeof wished];
  return wish && target.operators.includes(wish) ? wish : operatorsOf(target)[0]?.id ?? "eq";
}

/** The value in the form that the operator takes; null while it is not there yet. */
function finished(operator: string, value: Json): Json {
  if (value === null || value === "") return null;
  if (takesMany(operator)) {
    const many = Array.isArray(value) ? value : [value];
    return many.length > 0 ? many : null;
  }
  return Array.isArray(value) ? value[0] ?? null : value;
}

interface ValueProps {
  target: Target;
  operator: string;
  value: Json;
  onChange: (value: Json) => void;
  focus: ((element: HTMLElement | null) => void) | undefined;
}

function Value({ target, operator, value, onChange, focus }: ValueProps) {
  const label = `Value for ${target.label}`;
  const list = Array.isArray(value) ? value.map(String) : typeof value === "string" && value !== "" ? [value] : [];
  const text = list[0] ?? "";
  if (target.type === "ENUM") {
    if (!takesMany(operator)) {
      return <NativeSelect aria-label={label} ref={focus} value={text} onChange={(event) => onChange(event.currentTarget.value)}
        data={[{ value: "", label: "Choose" }, ...target.options.map((option) => ({ value: option, label: enumWord(option) }))]} />;
    }
    return (
      <Checkbox.Group aria-label={label} value={list} onChange={onChange}>
        <Stack gap="sm">{target.options.map((option) => <Checkbox key={option} value={option} label={enumWord(option)} />)}</Stack>
      </Checkbox.Group>
    );
  }
  if (target.type === "BOOLEAN") {
    return <NativeSelect aria-label={label} value={value === null ? "" : String(value)} ref={focus}
      onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.value === "true")}
      data={[{ value: "", label: "Choose" }, { value: "true", label: "Yes" }, { value: "false", label: "No" }]} />;
  }
  if (target.type === "NUMBER" || operator === "withinDays" || operator === "olderThanDays") {
    return <NumberInput aria-label={label} ref={focus} min={0} max={target.type === "NUMBER" ? 2_000_000_000 : 36_500} allowDecimal={false}
      value={typeof value === "number" ? value : ""} onChange={(next) => onChange(typeof next === "number" ? next : null)}
      {...(target.type !== "NUMBER" && { suffix: " days" })} />;
  }
  if (target.type === "DATE" || target.type === "DATETIME") {
    return <TextInput aria-label={label} ref={focus} type="date" value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  if (takesMany(operator)) {
    return <TagsInput aria-label={label} ref={focus} value={list} onChange={onChange} acceptValueOnBlur placeholder={list.length > 0 ? "" : "Type and press Enter"} />;
  }
  return <TextInput aria-label={label} ref={focus} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
}
