import { ActionIcon, Autocomplete, Button, Group, Text, Textarea } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { errorAt, type UserError } from "../ui/errors.ts";
import styles from "./agreements.module.css";
import { languageName } from "./words.ts";

/** A text under way; `id` tells rows apart while languages are typed. */
export interface Wording {
  id: number;
  locale: string;
  text: string;
}

const MOST = 20;
const USUAL = "en nl de fr es it pt pl da sv nb fi cs hu ro el tr uk ar he ja ko zh en-GB en-US nl-BE de-AT de-CH fr-BE fr-CH pt-BR".split(" ")
  .map((tag) => ({ tag, label: `${tag} ${languageName(tag)}` }));
const TAGS = new Map(USUAL.map(({ tag, label }) => [label, tag]));

let drawn = 0;

/** A new empty text, or a copy of one that is there. */
export function wording(locale = "", text = ""): Wording {
  drawn += 1;
  return { id: drawn, locale, text };
}

/** The errors of texts that stand beside their fields. */
export const wordingPaths = (wordings: readonly Wording[]) =>
  wordings.flatMap((_, place) => [`texts.${place}.locale`, `texts.${place}.text`]);

/** What is sent: the texts exactly as they were typed. */
export const sentOf = (wordings: readonly Wording[]) => wordings.map(({ locale, text }) => ({ locale: locale.trim(), text }));

/** What a tag stands for; the first text is also shown to whoever speaks another language. */
function said(tag: string, first: boolean): string {
  const name = languageName(tag);
  return [name === tag ? "" : name, first ? "also where a language is missing" : ""].filter(Boolean).join(", ");
}

// On the field itself: what is said to the component goes to the box around it, which holds no text.
const WRITTEN = { input: { dir: "auto" } };

interface WordingsProps {
  value: readonly Wording[];
  onChange: (value: readonly Wording[]) => void;
  errors: readonly UserError[];
}

/** One text per language; the first is shown to those whose language has none. */
export function Wordings({ value, onChange, errors }: WordingsProps) {
  const put = (id: number, part: Partial<Wording>) => onChange(value.map((one) => (one.id === id ? { ...one, ...part } : one)));
  return (
    <>
      {value.map((one, place) => (
        <div key={one.id} className={styles.wording} role="group" aria-label={`Text ${place + 1}`}>
          <Group gap="sm" align="flex-end" wrap="nowrap" mb="sm">
            <Autocomplete label="Language" size="sm" w={140} flex="none" limit={8} value={one.locale} data={USUAL.map(({ label }) => label)} placeholder="en" spellCheck={false}
              error={errorAt(errors, `texts.${place}.locale`)} onChange={(text) => put(one.id, { locale: TAGS.get(text) ?? text })} comboboxProps={{ shadow: "sm" }} />
            <Text fz="xs" c="dimmed" lh={1.25} mih={36} display="flex" style={{ alignItems: "center" }}>{said(one.locale, place === 0 && value.length > 1)}</Text>
            {value.length > 1 && (
              <ActionIcon ml="auto" mb={4} aria-label={`Remove the text in ${one.locale ? languageName(one.locale) : "this language"}`} onClick={() => onChange(value.filter(({ id }) => id !== one.id))}><IconX size={16} /></ActionIcon>
            )}
          </Group>
          <Textarea label="Text" rows={5} value={one.text} error={errorAt(errors, `texts.${place}.text`)} attributes={WRITTEN} styles={{ input: { resize: "vertical" } }}
            onChange={(event) => put(one.id, { text: event.currentTarget.value })} />
        </div>
      ))}
      {value.length < MOST && (
        <div>
          <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => onChange([...value, wording()])}>Add a language</Button>
        </div>
      )}
    </>
  );
}
