import { Button, type ButtonProps } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import type { Ref } from "react";

/** Opens the choice of columns; stands there before that is fetched. */
export function ColumnsButton(props: ButtonProps & { onClick?: () => void; ref?: Ref<HTMLButtonElement> }) {
  return <Button variant="subtle" color="gray" c="inherit" fw={500} px="sm" leftSection={<IconColumns3 size={15} />} {...props}>Columns</Button>;
}
