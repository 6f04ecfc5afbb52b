import { ActionIcon, Button, CopyButton as Copy, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Copies a text; with a label it is a button, without one an icon. */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  return (
    <Copy value={value} timeout={1500}>
      {({ copied, copy }) => {
        const icon = copied ? <IconCheck size={15} /> : <IconCopy size={15} />;
        if (label) {
          return <Button variant="default" leftSection={icon} onClick={copy}>{copied ? "Copied" : label}</Button>;
        }
        return (
          <Tooltip label={copied ? "Copied" : "Copy"}>
            <ActionIcon aria-label="Copy" onClick={copy} color={copied ? "accent" : "gray"}>{icon}</ActionIcon>
          </Tooltip>
        );
      }}
    </Copy>
  );
}
