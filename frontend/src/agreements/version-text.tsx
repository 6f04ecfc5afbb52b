import { Text, Title } from "@mantine/core";
import { useState } from "react";
import { Choices } from "../ui/choices.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Status, type Tone } from "../ui/status.tsx";
import { exactTime, RelativeTime } from "../ui/values.tsx";
import styles from "./agreements.module.css";
import type { Version } from "./queries.ts";
import { languageName } from "./words.ts";

/** One wording, in one of its languages, as people read it. */
export function VersionText({ version, state: [tone, word] }: { version: Version; state: [Tone, string] }) {
  const [locale, setLocale] = useState(version.texts[0]?.locale ?? "");
  const text = version.texts.find((one) => one.locale === locale) ?? version.texts[0];
  return (
    <section aria-labelledby="wording">
      <div className={styles.head}>
        <Title order={2} id="wording">Version {version.version}</Title>
        <Status tone={tone}>{word}</Status>
      </div>
      <Text fz="sm" c="dimmed" component="div" mb="md">
        Holds from {exactTime(version.effectiveFrom)}. Written by {version.createdBy?.name || "Regulars"} <RelativeTime at={version.createdAt} />.
      </Text>
      {version.texts.length > 1 && (
        <Choices label="Language" value={locale} onChange={setLocale} options={version.texts.map((one) => ({ value: one.locale, label: languageName(one.locale) }))} />
      )}
      {text && (
        <>
          <div className={styles.text} lang={text.locale} dir="auto">{text.text}</div>
          <div className={styles.hash}>
            <span className={styles.label}>{version.texts.length > 1 ? "" : `${languageName(text.locale)} · `}SHA-256</span>
            <code title={text.textHash}>{text.textHash}</code>
            <CopyButton value={text.textHash} />
          </div>
        </>
      )}
    </section>
  );
}
