import { Button, Popover, ScrollArea, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { FilterEditor } from "./filter-editor.tsx";
import type { Chip, Target } from "./filters.ts";
import styles from "./customers.module.css";

/** Finds a field by typing, then asks for its value. */
export function AddFilter({ targets, onAdd, startOpen = false }: { targets: readonly Target[]; onAdd: (chip: Chip) => void; startOpen?: boolean }) {
  const [opened, setOpened] = useState(startOpen);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [target, setTarget] = useState<Target>();
  const found = targets.filter(({ label }) => label.toLowerCase().includes(typed.trim().toLowerCase()));
  const change = (open: boolean) => {
    setOpened(open);
    setTarget(undefined);
    setTyped("");
    setAt(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt(Math.min(found.length - 1, Math.max(0, at + step)));
    else if (event.key === "Enter") setTarget(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Popover opened={opened} onChange={change} position="bottom-start" shadow="sm" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" c="inherit" fw={500} h={30} px="sm" leftSection={<IconPlus size={14} />} onClick={() => change(!opened)}>Filter</Button>
      </Popover.Target>
      <Popover.Dropdown p={target ? "md" : "sm"}>
        {target ? (
          <Stack gap="sm">
            <Text fz="sm" fw={500}>{target.label}</Text>
            <FilterEditor target={target} onApply={(chip) => { onAdd(chip); change(false); }} />
          </Stack>
        ) : (
          <Stack gap="xs" w={240}>
            <TextInput aria-label="Find a field" placeholder="Find a field" data-autofocus value={typed} onKeyDown={onKeyDown}
              onChange={(event) => { setTyped(event.currentTarget.value); setAt(0); }} />
            <ScrollArea.Autosize mah={280} type="auto">
              {found.map((one, index) => (
                <UnstyledButton key={one.path} className={styles.option} data-at={index === at ? "" : undefined} onClick={() => setTarget(one)}>{one.label}</UnstyledButton>
              ))}
              {found.length === 0 && <Text fz="sm" c="dimmed" p="sm">No field is called that.</Text>}
            </ScrollArea.Autosize>
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
