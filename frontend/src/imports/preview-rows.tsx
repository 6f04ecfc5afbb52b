import { NativeSelect, Text, Title } from "@mantine/core";
import type { ResultOf } from "../graphql.ts";
import styles from "./imports.module.css";
import type { ImportPreviewQuery } from "./queries.ts";

type Preview = ResultOf<typeof ImportPreviewQuery>["importPreview"];

const DELIMITERS = [
  { value: ",", label: "Comma" }, { value: ";", label: "Semicolon" }, { value: "\t", label: "Tab" }, { value: "|", label: "Vertical bar" },
];
const ROWS = 5;

const ENCODINGS: Record<string, string> = {
  "utf-8": "UTF-8", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE", cp1252: "Windows-1252 (Western)", cp1250: "Windows-1250 (Central European)",
  cp1251: "Windows-1251 (Cyrillic)", cp1253: "Windows-1253 (Greek)", cp1254: "Windows-1254 (Turkish)", "iso-8859-1": "ISO 8859-1 (Western)",
  "iso-8859-2": "ISO 8859-2 (Central European)", "iso-8859-15": "ISO 8859-15 (Western, euro)", shift_jis: "Shift JIS (Japanese)", euc_jp: "EUC-JP (Japanese)",
  gb18030: "GB 18030 (Chinese)", big5: "Big5 (Chinese)", euc_kr: "EUC-KR (Korean)",
};

interface ReadingProps {
  preview: Pick<Preview, "encoding" | "encodings" | "delimiter">;
  onChange: (change: { encoding?: string; delimiter?: string }) => void;
}

/** How the file is read, with a switch for both. */
export function Reading({ preview, onChange }: ReadingProps) {
  return (
    <div className={styles.reading}>
      <NativeSelect size="xs" label="Encoding" value={preview.encoding} onChange={(event) => onChange({ encoding: event.currentTarget.value })}
        data={preview.encodings.map((value) => ({ value, label: ENCODINGS[value] ?? value }))} />
      <NativeSelect size="xs" label="Separator" value={preview.delimiter} data={DELIMITERS} onChange={(event) => onChange({ delimiter: event.currentTarget.value })} />
    </div>
  );
}

/** The first rows, decoded as the whole file will be. */
export function PreviewRows({ preview }: { preview: Preview }) {
  const rows = preview.rows.slice(0, ROWS);
  if (rows.length === 0) return <Text fz="sm" c="dimmed">The file has a line of titles and no rows.</Text>;
  return (
    <section>
      <Title order={2} mb="xs">First rows, as they are read</Title>
      <Text fz="sm" c="dimmed" mb="sm">Letters look wrong? Choose another encoding above.</Text>
      {/* It scrolls sideways, so it must be reachable by keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.preview} tabIndex={0} role="region" aria-label="First rows">
        <table>
          <thead><tr>{preview.columns.map((column) => <th key={column.index} scope="col">{column.header}</th>)}</tr></thead>
          <tbody>
            {/* Rows of a file have no names: their place is what tells them apart. */}
            {/* oxlint-disable react/no-array-index-key */}
            {rows.map((row, place) => (
              <tr key={place}>{row.map((cell, index) => <td key={index}>{cell}</td>)}</tr>
            ))}
            {/* oxlint-enable react/no-array-index-key */}
          </tbody>
        </table>
      </div>
    </section>
  );
}
