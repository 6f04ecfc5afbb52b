import { Button, Group } from "@mantine/core";
import { IconBraces, IconFileText } from "@tabler/icons-react";
import { formatBytes } from "../ui/values.tsx";

interface CopyFile {
  size: number;
  url: string;
}

/** The copy twice: for people and for machines. */
export function CopyFiles({ file, page }: { file: CopyFile; page: CopyFile }) {
  return (
    <Group gap="sm">
      <Button component="a" href={page.url} download data-autofocus leftSection={<IconFileText size={15} />}>Page to read ({formatBytes(page.size)})</Button>
      <Button component="a" href={file.url} download variant="default" leftSection={<IconBraces size={15} />}>JSON ({formatBytes(file.size)})</Button>
    </Group>
  );
}
