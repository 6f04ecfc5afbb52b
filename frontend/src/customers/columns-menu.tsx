import { Checkbox, Popover, ScrollArea, Stack, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { ColumnsButton } from "./columns-button.tsx";
import { choosable, DEFAULT_COLUMNS } from "./columns.tsx";
import { type Field, oneOf } from "./fields.ts";
import styles from "./customers.module.css";

interface ColumnsMenuProps {
  fields: readonly Field[];
  shown: readonly string[];
  onChange: (columns: string[]) => void;
}

/** Which fields are columns. */
export function ColumnsMenu({ fields, shown, onChange }: ColumnsMenuProps) {
  const [opened, setOpened] = useState(true);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="sm" trapFocus returnFocus>
      <Popover.Target><ColumnsButton onClick={() => setOpened(!opened)} /></Popover.Target>
      <Popover.Dropdown p="sm">
        <ScrollArea.Autosize mah={360} type="auto">
          <Checkbox.Group value={[...shown]} onChange={onChange} aria-label="Columns">
            <Stack gap="sm" p="xs" pr="lg">
              <Checkbox label="Name" checked disabled readOnly />
              {choosable(fields).map((field) => (
                <Checkbox key={field.name} value={field.name} label={field.type === "TAGS" ? field.label : oneOf(field)} />
              ))}
            </Stack>
          </Checkbox.Group>
        </ScrollArea.Autosize>
        <UnstyledButton className={styles.option} onClick={() => onChange(DEFAULT_COLUMNS)}>Back to the usual columns</UnstyledButton>
      </Popover.Dropdown>
    </Popover>
  );
}
