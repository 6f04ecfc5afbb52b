import { Status } from "../ui/status.tsx";
import { formatNumber } from "../ui/values.tsx";
import styles from "./privacy.module.css";
import type { Act, Privacy } from "./queries.ts";
import { DOES } from "./words.ts";

interface FieldTableProps {
  fields: Privacy["fields"];
  customers: number;
  act: Act;
}

/** What Regulars counts by itself says nothing of a person. */
const OURS = new Set(["version", "kind"]);
const ORDER = ["REMOVE", "GENERALIZE", "KEEP"] as const;

/** What becomes of each field, and how many of these customers have a value there: a picture of the plan. */
export function FieldTable({ fields, customers, act }: FieldTableProps) {
  const rows = fields.filter(({ name }) => !OURS.has(name)).toSorted((one, other) => ORDER.indexOf(one.does) - ORDER.indexOf(other.does) || other.customers - one.customers);
  return (
    <div className={styles.scroller} role="group" aria-label="Fields" tabIndex={-1}>
      <table className={styles.table}>
        <caption>{act === "ERASE" ? "The whole profile goes. These fields hold something:" : "What becomes of each field that holds something:"}</caption>
        <thead><tr><th scope="col">Field</th><th scope="col">What becomes of it</th><th scope="col">Customers with a value</th></tr></thead>
        <tbody>
          {rows.map(({ name, label, does, customers: having }) => (
            <tr key={name}>
              <th scope="row">{label}</th>
              <td><Status tone={DOES[does].tone}>{DOES[does].word}</Status></td>
              <td className={styles.barCell}>
                <span className={styles.share}><span className={styles.bar} data-does={does} style={{ width: `${Math.max(1, Math.min(100, (having / customers) * 100))}%` }} /></span>
                <span className="num">{formatNumber(having)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
