import { Popover, UnstyledButton } from "@mantine/core";
import { type ReactNode, useState } from "react";
import styles from "./chips.module.css";

interface ChipEditorProps {
  text: ReactNode;
  editor: (close: () => void) => ReactNode;
}

/** The text of a chip with the editor under it; open from the start, as its code is fetched by the click on it. */
export function ChipEditor({ text, editor }: ChipEditorProps) {
  const [opened, setOpened] = useState(true);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="sm" trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={styles.text} onClick={() => setOpened(!opened)}>{text}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p="md">{editor(() => setOpened(false))}</Popover.Dropdown>
    </Popover>
  );
}
