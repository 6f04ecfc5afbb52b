import { Autocomplete, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useMemo } from "react";
import type { Json } from "../graphql.ts";
import { focusNow } from "./editing.ts";
import type { Field, Part } from "./fields.ts";
import { enumWord, languageName } from "./words.ts";

interface ScalarEditorProps {
  field: Field | Part;
  /** As typed; "" is nothing. */
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  label?: string;
  /** Whether it takes the focus when it appears. */
  focus?: boolean;
}

/** The input for one value, by its declared type. */
export function ScalarEditor({ field, value, onChange, error, label, focus = false }: ScalarEditorProps) {
  const common = { ...(label ? { label } : { "aria-label": field.label }), error, ...(focus && { ref: focusNow }) };
  const typed = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  switch (field.type) {
    case "ENUM":
      return <NativeSelect {...common} size="sm" value={value} onChange={typed} data={[{ value: "", label: "–" }, ...field.options.map((option) => ({ value: option, label: enumWord(option) }))]} />;
    case "BOOLEAN":
      return <NativeSelect {...common} size="sm" value={value} onChange={typed} data={[{ value: "", label: "–" }, { value: "true", label: "Yes" }, { value: "false", label: "No" }]} />;
    case "DATE":
      return <TextInput {...common} type="date" max="9999-12-31" value={value} onChange={typed} />;
    case "DATETIME":
      return <TextInput {...common} type="datetime-local" step={1} value={value} onChange={typed} />;
    case "NUMBER":
      return <NumberInput {...common} size="sm" value={value} onChange={(next) => onChange(String(next))} />;
    default:
      if (field.name === "timeZone") return <Suggested {...common} value={value} onChange={onChange} suggestions={zones} />;
      if (field.name === "locale") return <Suggested {...common} value={value} onChange={onChange} suggestions={locales} />;
      return <TextInput {...common} value={value} onChange={typed} maxLength={field.maxLength ?? 500} attributes={{ input: { dir: "auto" } }} autoComplete="off" />;
  }
}

type Option = { value: string; label: string };

const zones = (): Option[] => Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone }));

const COMMON_LOCALES =
  "ar-SA cs-CZ da-DK de-AT de-CH de-DE el-GR en-GB en-US es-ES es-MX fi-FI fr-BE fr-CH fr-FR he-IL hu-HU it-IT ja-JP ko-KR nb-NO nl-BE nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU sv-SE tr-TR uk-UA zh-CN".split(" ");
const locales = (): Option[] => COMMON_LOCALES.map((tag) => ({ value: tag, label: `${tag} ${languageName(tag)}` }));

interface SuggestedProps {
  value: string;
  onChange: (value: string) => void;
  suggestions: () => Option[];
  error?: string | undefined;
  ref?: (element: HTMLElement | null) => void;
}

/** Takes any text; what is usual is proposed. */
function Suggested({ suggestions, onChange, ...rest }: SuggestedProps) {
  const options = useMemo(() => suggestions(), [suggestions]);
  const byLabel = useMemo(() => new Map(options.map(({ value, label }) => [label, value])), [options]);
  return <Autocomplete {...rest} size="sm" limit={8} data={options.map(({ label }) => label)} onChange={(text) => onChange(byLabel.get(text) ?? text)} comboboxProps={{ shadow: "sm" }} />;
}

/** What the input begins with. */
export function draftOf(field: Field | Part, value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  if (field.type === "DATETIME" && typeof value === "string") return localTime(value);
  return String(value);
}

/** What is sent for what was typed; null clears. */
export function valueFrom(field: Field | Part, draft: string): Json {
  const text = draft.trim();
  if (text === "") return null;
  if (field.type === "BOOLEAN") return text === "true";
  if (field.type === "NUMBER") return Number(text);
  if (field.type === "DATETIME") return new Date(text).toISOString();
  return text;
}

/** A moment as a field of the browser takes it: in its own time zone. */
function localTime(at: string): string {
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
