import { Button, Group, NativeSelect } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";

interface PagerProps {
  /** Undefined where there is no page that way. */
  onBack: (() => void) | undefined;
  onForward: (() => void) | undefined;
  size?: number;
  sizes?: readonly number[];
  onSize?: (size: number) => void;
  /** What the two ways are called, where the order of the rows says it better. */
  words?: { back: string; forward: string } | undefined;
}

const SIZES = [25, 50, 100];
const WORDS = { back: "Back", forward: "Next" };

/** Back and forward through a list with cursors, and how many rows a page has. Draws nothing where there is one page only. */
export function Pager({ onBack, onForward, size, sizes = SIZES, onSize, words = WORDS }: PagerProps) {
  if (!onBack && !onForward && !onSize) return null;
  return (
    <Group justify="flex-end" gap="sm" py="md">
      {onSize && (
        <NativeSelect aria-label="Rows on a page" size="xs" value={String(size)} onChange={(event) => onSize(Number(event.currentTarget.value))}
          data={sizes.map((one) => ({ value: String(one), label: `${one} per page` }))} />
      )}
      <Button variant="default" disabled={!onBack} onClick={onBack} leftSection={<IconChevronLeft size={15} />}>{words.back}</Button>
      <Button variant="default" disabled={!onForward} onClick={onForward} rightSection={<IconChevronRight size={15} />}>{words.forward}</Button>
    </Group>
  );
}
