import { NativeSelect, Text } from "@mantine/core";
import { Status } from "../ui/status.tsx";
import { Missing } from "../ui/values.tsx";
import { type Chosen, type Column, isUsed, nameOf, type Rule, ruleTo, sendTo, type Target } from "./mapping.ts";
import styles from "./imports.module.css";

const RULE_WORDS: Record<Rule, string> = { FILL_EMPTY: "Fill empty ones", OVERWRITE: "Overwrite", APPEND: "Add what is missing", IGNORE: "Ignore" };
const NOWHERE = "";
const SAMPLES = 3;

interface ColumnTableProps {
  columns: readonly Column[];
  targets: readonly Target[];
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  /** What the server found wrong with a column, by its index. */
  errors: ReadonlyMap<number, string>;
}

/** Each column with real values, the field it goes to, and its rule. */
export function ColumnTable({ columns, targets, chosen, onChange, errors }: ColumnTableProps) {
  const fields = [{ value: NOWHERE, label: "Not imported" }, ...targets.map((target) => ({ value: target.path, label: target.label }))];
  return (
    <table className={styles.columns} aria-label="Columns of the file">
      <thead>
        <tr><th scope="col">Column</th><th scope="col">First values</th><th scope="col">Goes to</th><th scope="col">Where there is a value already</th></tr>
      </thead>
      <tbody>
        {columns.map((column) => {
          const target = targets.find((one) => one.path === column.target);
          const used = isUsed(column);
          const error = errors.get(column.index);
          return (
            <tr key={column.index} data-unused={!used || undefined}>
              <th scope="row">{nameOf(column)}</th>
              <td><Samples values={column.samples} /></td>
              <td>
                <NativeSelect size="xs" aria-label={`Field for ${nameOf(column)}`} data={fields} value={used ? column.target ?? NOWHERE : NOWHERE} error={error}
                  onChange={(event) => onChange(sendTo(chosen, column, targets.find((one) => one.path === event.currentTarget.value) ?? null))} />
                {used && !column.certain && <Text component="div" fz="xs" mt={4}><Status tone="warn">A guess: please check</Status></Text>}
              </td>
              <td>
                {used ? (
                  <NativeSelect size="xs" aria-label={`Rule for ${nameOf(column)}`} value={column.rule}
                    data={(target?.rules ?? [column.rule]).map((rule) => ({ value: rule, label: RULE_WORDS[rule] }))}
                    onChange={(event) => onChange(ruleTo(chosen, column, event.currentTarget.value as Rule))} />
                ) : <Missing />}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Samples({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <Text component="span" c="dimmed" fz="sm">empty in the first rows</Text>;
  // The same value three times says less than three values.
  return (
    <ul className={styles.samples}>
      {[...new Set(values)].slice(0, SAMPLES).map((value) => <li key={value} title={value}>{value}</li>)}
    </ul>
  );
}
