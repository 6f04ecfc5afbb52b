import { Text, UnstyledButton } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type DragEvent, useEffect, useRef, useState } from "react";
import styles from "./imports.module.css";

/** Takes a file by dropping it there or by choosing it. */
export function DropArea({ onFile }: { onFile: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // A file that is dropped beside the area would otherwise be opened by the browser, in place of the app.
    const keep = (event: globalThis.DragEvent) => event.preventDefault();
    window.addEventListener("dragover", keep);
    window.addEventListener("drop", keep);
    return () => {
      window.removeEventListener("dragover", keep);
      window.removeEventListener("drop", keep);
    };
  }, []);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <>
      <UnstyledButton className={styles.drop} data-over={over || undefined} onClick={() => input.current?.click()}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <IconFileUpload size={28} stroke={1.5} aria-hidden="true" />
        <Text fw={500} mt="sm">Drop a CSV file here, or choose one</Text>
        <Text fz="sm" c="dimmed">Up to 2 GB. Nothing is written to customers before you have seen the plan.</Text>
      </UnstyledButton>
      <input ref={input} type="file" hidden accept=".csv,.tsv,.txt,text/csv,text/plain" aria-label="CSV file"
        onChange={(event) => { const file = event.currentTarget.files?.[0]; if (file) onFile(file); event.currentTarget.value = ""; }} />
    </>
  );
}
