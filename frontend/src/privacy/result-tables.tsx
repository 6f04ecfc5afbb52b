import { Text } from "@mantine/core";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Notice } from "../ui/notice.tsx";
import { Status } from "../ui/status.tsx";
import { formatNumber, Num, plural } from "../ui/values.tsx";
import styles from "./privacy.module.css";
import type { Privacy } from "./queries.ts";
import { figureRows, figureWord } from "./words.ts";

type Where = Privacy["collections"][number];

const columns: Column<Where>[] = [
  { id: "about", header: "What it holds", grow: 50, cell: ({ about }) => <div className={styles.about}>{about}</div> },
  { id: "collection", header: "Collection", cell: ({ collection }) => <code style={{ fontSize: 12 }}>{collection}</code>, hideOn: "narrow" },
  { id: "cleared", header: "Cleared", align: "right", cell: ({ cleared }) => <Num value={cleared} /> },
  { id: "searched", header: "Searched", align: "right", cell: ({ searched }) => <Num value={searched} />, hideOn: "phone" },
  {
    id: "found", header: "Found", align: "right",
    cell: ({ found }) => (found ? <Status tone="bad">{formatNumber(found)}</Status> : <Num value={found} />),
  },
];

/** Per collection: what was cleared, how much was searched afterwards, and whether anything was found. */
export function Collections({ collections }: { collections: Privacy["collections"] }) {
  const rows = collections.toSorted((one, other) => (other.found ?? 0) - (one.found ?? 0) || other.cleared - one.cleared);
  const touched = rows.filter(({ cleared, found }) => cleared > 0 || (found ?? 0) > 0);
  const others = rows.filter((row) => !touched.includes(row));
  return (
    <section aria-labelledby="where">
      <div className={styles.head}><h2 id="where">Where something was</h2></div>
      <DataTable label="Collections" columns={columns} rows={touched} rowId={({ collection }) => collection}
        empty={<Text fz="sm" c="dimmed">Nothing had to be cleared anywhere.</Text>} />
      {others.length > 0 && (
        <details className={styles.more}>
          <summary>{plural(others.length, "more collection was", "more collections were")} searched: nothing was found there</summary>
          <DataTable label="Other collections" columns={columns} rows={others} rowId={({ collection }) => collection} empty={null} />
        </details>
      )}
    </section>
  );
}

/** The company's figures before and after, which anonymizing must not change. */
export function Figures({ figures }: { figures: NonNullable<Privacy["figures"]> }) {
  const rows = figureRows(figures);
  const differ = rows.filter(({ before, after }) => before !== after).length;
  return (
    <section aria-labelledby="figures">
      <div className={styles.head}>
        <h2 id="figures">Figures before and after</h2>
        {figures.same !== null && <Status tone={figures.same ? "good" : "bad"}>{figures.same ? "The same" : `${formatNumber(differ)} differ`}</Status>}
      </div>
      {figures.same === false && <Notice tone="bad" title="The figures have changed">Anonymizing must not change what is counted. Report this, with the number of this run.</Notice>}
      <details className={styles.more}>
        <summary>{plural(rows.length, "figure")} of these customers</summary>
        <Text fz="xs" c="dimmed" mb="sm">Figures of fewer than five customers are not listed: they could tell who it was.</Text>
        <div className={styles.scroller} role="group" aria-label="Figures" tabIndex={-1}>
          <table className={styles.table}>
            <thead><tr><th scope="col">Figure</th><th scope="col" align="right">Before</th><th scope="col" align="right">After</th></tr></thead>
            <tbody>
              {rows.map(({ name, before, after }) => (
                <tr key={name} data-differs={before === after ? undefined : ""}>
                  <th scope="row">{figureWord(name)}</th><td align="right" className="num">{formatNumber(before)}</td><td align="right" className="num">{formatNumber(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
