import { Button, Group, NativeSelect } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";

interface PagerProps {
  /** Undefined where there is no page that way. */
  onBack: (() => void) | undefined;
  onForward: (() => void) | undefined;
  size?: number;
  sizes?: readonly number[];
  onSize?: (size: number) => void;
}

const SIZES = [25, 50, 100];

/** Back and forward through a list with cursors, and how many rows a page has. Draws nothing where there is one page only. */
export function Pager({ onBack, onForward, size, sizes = SIZES, onSize }: PagerProps) {
  if (!onBack && !onForward && !onSize) return null;
  return (
    <Group justify="flex-end" gap="sm" py="md">
      {onSize && (
        <NativeSelect aria-label="Rows on a page" size="xs" value={String(size)} onChange={(event) => onSize(Number(event.currentTarget.value))}
          data={sizes.map((one) => ({ value: String(one), label: `${one} per page` }))} />
      )}
      <Button variant="default" disabled={!onBack} onClick={onBack} leftSection={<IconChevronLeft size={15} />}>Back</Button>
      <Button variant="default" disabled={!onForward} onClick={onForward} rightSection={<IconChevronRight size={15} />}>Next</Button>
    </Group>
  );
}
