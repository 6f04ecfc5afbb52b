import { Alert, Button, Collapse, Group, Progress, Stack, Text, Textarea } from "@mantine/core";
import { IconClipboard } from "@tabler/icons-react";
import { useState } from "react";
import { formatBytes, formatDuration } from "../ui/values.tsx";
import { DropArea } from "./drop-area.tsx";
import styles from "./imports.module.css";
import { TemplateLink } from "./template-link.tsx";
import type { Sent } from "./upload.ts";
import { useUpload } from "./use-upload.ts";

/** Step 1: a file is dropped, chosen or pasted, and uploaded. */
export function FileStep({ onDone }: { onDone: (fileId: string) => void }) {
  const { state, left, start, stop } = useUpload(onDone);
  if (state.at === "sending") return <Sending name={state.name} sent={state.sent} onStop={stop} />;
  return (
    <Stack gap="lg" className={styles.narrow}>
      {state.at === "refused" && (
        <Alert color="red" variant="light" p="md" role="alert" title={`${state.name} was not taken`}>{state.message}</Alert>
      )}
      {left && state.at === "idle" && (
        <Alert color="yellow" variant="light" p="md" title={`The upload of ${left.name} was cut off`}>
          Choose the same file again: it goes on where it stopped.{" "}
          <Button variant="subtle" color="gray" size="compact-xs" onClick={stop}>Forget it</Button>
        </Alert>
      )}
      <DropArea onFile={start} />
      <Paste onFile={start} />
      <Text fz="sm" c="dimmed">
        Any CSV will do: with commas, semicolons or tabs, in UTF-8, UTF-16 or an older encoding. In the next step you say which column is
        which; those of the template are known already. <TemplateLink />
      </Text>
    </Stack>
  );
}

function Sending({ name, sent, onStop }: { name: string; sent: Sent; onStop: () => void }) {
  const share = sent.size ? (sent.sent / sent.size) * 100 : 0;
  const facts = [
    `${formatBytes(sent.sent)} of ${formatBytes(sent.size)}`,
    sent.rate !== undefined && `${formatBytes(sent.rate)}/s`,
    sent.secondsLeft !== undefined && `${formatDuration(sent.secondsLeft)} left`,
  ].filter(Boolean);
  return (
    <Stack gap="sm" className={styles.narrow}>
      <Group justify="space-between" gap="sm">
        <Text fw={500} className="cut">Uploading {name}</Text>
        <Button variant="default" onClick={onStop}>Stop</Button>
      </Group>
      <Progress value={share} size={6} color={sent.waiting ? "gray" : "accent"} aria-label={`Upload of ${name}`} />
      <Group justify="space-between" gap="sm" mih={24}>
        <Text fz="sm" className="num">{facts.join(" · ")}</Text>
        <Text fz="sm" c="dimmed" className="num">{Math.floor(share)} %</Text>
      </Group>
      {sent.waiting && <Text fz="sm" role="status" c="var(--warn)">The connection is cut. It goes on by itself as soon as the server answers.</Text>}
    </Stack>
  );
}

function Paste({ onFile }: { onFile: (file: File) => void }) {
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState("");
  const use = () => onFile(new File([text], "pasted.csv", { type: "text/csv" }));
  return (
    <div>
      <Button variant="default" leftSection={<IconClipboard size={15} />} aria-expanded={opened} onClick={() => setOpened(!opened)}>Paste rows instead</Button>
      <Collapse expanded={opened}>
        <Stack gap="sm" mt="sm">
          <Textarea label="Rows, the first one with the column titles" description="Copied from a spreadsheet, or as CSV." autosize minRows={6} maxRows={16}
            value={text} onChange={(event) => setText(event.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }} />
          <Group justify="flex-end"><Button disabled={text.trim() === ""} onClick={use}>Use these rows</Button></Group>
        </Stack>
      </Collapse>
    </div>
  );
}
