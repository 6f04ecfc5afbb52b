import { Button } from "@mantine/core";

interface DownloadProps {
  file: { url: string; name: string };
  /** What the file holds, for those who hear the button. */
  of: string;
}

/** Fetches a file; whether the viewer may have it is asked with each click. */
export function Download({ file, of }: DownloadProps) {
  return <Button component="a" href={file.url} download={file.name} variant="default" size="compact-sm" aria-label={`Download ${of}`}>Download</Button>;
}
