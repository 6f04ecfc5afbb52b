import { Button, Group, Stack, Text } from "@mantine/core";
import { Notice } from "../ui/notice.tsx";
import type { Result } from "./recording.ts";
import { APPLIED, type Identifier } from "./words.tsx";

/** What became of what was recorded, where it is not simply the state now. */
export function Outcome({ results, onClose }: { results: readonly { of: Identifier; result: Result }[]; onClose: () => void }) {
  return (
    <Stack gap="lg">
      {results.map(({ of, result }) => {
        const { word, why, tone } = APPLIED[result.appliedAs ?? "NO_CHANGE"];
        const name = results.length > 1 && of.value ? <bdi dir="ltr">{of.value}: </bdi> : null;
        return tone === "bad" || tone === "warn"
          ? <Notice key={of.key} tone={tone} title={word}>{name}{why}</Notice>
          : <Text key={of.key} fz="sm">{name}<b>{word}.</b> {why}</Text>;
      })}
      <Group justify="flex-end"><Button onClick={onClose} data-autofocus>Close</Button></Group>
    </Stack>
  );
}
