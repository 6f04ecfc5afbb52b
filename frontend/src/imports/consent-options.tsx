import { Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useCan } from "../ui/session.tsx";
import { BASES, type Basis, lacking, type Proof } from "./consents.ts";
import styles from "./imports.module.css";
import type { Column } from "./mapping.ts";

interface ConsentOptionsProps {
  columns: readonly Column[];
  proof: Proof;
  onChange: (proof: Proof) => void;
  error?: string | undefined;
}

const UNSAID = { value: "", label: "Not said" };

/** What proves the consents of a file, and what happens without it. */
export function ConsentOptions({ columns, proof, onChange, error }: ConsentOptionsProps) {
  const can = useCan();
  // What is typed stands here at once; the address follows.
  const [note, setNote] = useState(proof.note ?? "");
  const type = (text: string) => {
    setNote(text);
    onChange({ ...proof, note: text || undefined });
  };
  const missing = lacking(columns, proof);
  return (
    <section>
      <Title order={2} mb="xs">Consents</Title>
      <Text fz="sm" mb="sm">
        A no is recorded at once. A yes needs how they agreed, when, and where it comes from: otherwise it waits for a review, and nobody is written to because of it.
        Who has said no before stays unsubscribed, whatever the file says.
      </Text>
      <Stack gap="sm" className={styles.consents}>
        <Group gap="md" align="flex-start" grow>
          <NativeSelect label="How they agreed" size="sm" value={proof.basis ?? ""} onChange={(event) => onChange({ ...proof, basis: (event.currentTarget.value || undefined) as Basis | undefined })}
            data={[UNSAID, ...Object.entries(BASES).map(([value, label]) => ({ value, label }))]} />
          <TextInput label="When, where the file has no date" size="sm" type="date" value={proof.day ?? ""} error={error} onChange={(event) => onChange({ ...proof, day: event.currentTarget.value || undefined })} />
        </Group>
        <TextInput label="Where they come from" size="sm" value={note} maxLength={2000} placeholder="The sign-up form of the shop, 2025" onChange={(event) => type(event.currentTarget.value)} />
        <Text fz="sm" c="dimmed" role="status">{sentence(missing, can("consent.record"))}</Text>
      </Stack>
    </section>
  );
}

function sentence(missing: readonly string[], may: boolean): string {
  if (!may) return "You may not record consents, so that each yes waits for a review.";
  if (missing.length === 0) return "Each yes is recorded, with this as its proof.";
  return `Not said so far: ${missing.join(", ")}. Unless it stands in the cell itself, each yes waits for a review.`;
}
