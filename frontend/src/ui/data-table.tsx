import { Checkbox, Skeleton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type MouseEvent, type ReactNode, useMemo } from "react";
import type { CombinedError } from "urql";
import styles from "./data-table.module.css";
import { ErrorState } from "./states.tsx";
import { useListKeys } from "./list-keys.ts";

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand right, in tabular figures. */
  align?: "right";
  width?: number | string;
  /** Takes up to so many percent of the room and cuts what is longer. At least one column of a wide table should. */
  grow?: number;
  /** The header is for screen readers only, as over buttons. */
  silent?: boolean;
  /** The field that a click on the header sorts by. */
  sort?: string;
  /** Hidden below 1,100 px ("narrow") or below 700 px ("phone"). */
  hideOn?: "narrow" | "phone";
}

export interface Sort {
  field: string;
  direction: "ASC" | "DESC";
}

export interface Selection {
  ids: ReadonlySet<string>;
  onChange: (ids: ReadonlySet<string>) => void;
}

export interface DataTableProps<Row> {
  /** What the rows are, for screen readers: "Customers". */
  label: string;
  columns: readonly Column<Row>[];
  /** Undefined while the first answer is under way: skeletons are drawn. */
  rows: readonly Row[] | undefined;
  rowId: (row: Row) => string;
  /** Another answer is under way: the old rows stay, dimmed after 300 ms. */
  fetching?: boolean;
  error?: CombinedError | undefined;
  onRetry?: () => void;
  /** What stands there without rows: an EmptyState. */
  empty: ReactNode;
  /** Click on a row, or Enter. */
  onOpen?: (row: Row) => void;
  /** `e` on the row that the cursor is on. */
  onEdit?: (row: Row) => void;
  selection?: Selection;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  /** Ids of columns that are not shown. */
  hidden?: readonly string[];
  skeletonRows?: number;
}

/** Rows of 40 px under a header that stays, with selection, sorting, skeletons and keys (j, k, x, Enter, e). */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, fetching, error, onRetry, empty, onOpen, selection, sort, onSort, hidden, skeletonRows = 12 } = props;
  const ids = useMemo(() => (rows ?? []).map(rowId), [rows, rowId]);
  const cursor = useListKeys({ ids, onOpen: open(props, props.onOpen), onEdit: open(props, props.onEdit), onToggle: selection && toggle(selection) });
  const shown = columns.filter((column) => !hidden?.includes(column.id));
  if (error && !rows) return <ErrorState error={error} {...(onRetry && { onRetry })} />;
  if (rows?.length === 0 && !fetching) return empty;
  return (
    // On a narrow screen it scrolls sideways, and must then be reached by the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroller} role="group" aria-label={label} tabIndex={0}>
      <table className={styles.table} aria-label={label} aria-busy={fetching || !rows}>
        <thead>
          <tr>
            {selection && <th className={styles.check}><SelectAll ids={ids} selection={selection} /></th>}
            {shown.map((column) => <Header key={column.id} column={column} sort={sort} onSort={onSort} />)}
          </tr>
        </thead>
        <tbody className={fetching && rows ? `${styles.body} ${styles.dimmed}` : styles.body}>
          {!rows && <SkeletonRows count={skeletonRows} columns={shown} selectable={selection !== undefined} />}
          {rows?.map((row) => {
            const id = rowId(row);
            const chosen = selection?.ids.has(id) ?? false;
            return (
              <tr key={id} data-row={id} data-open={onOpen ? "" : undefined} data-selected={chosen ? "" : undefined}
                data-cursor={cursor === id ? "" : undefined} onClick={onOpen && ((event) => openOnClick(event, () => onOpen(row)))}>
                {selection && (
                  <td className={styles.check}>
                    <Checkbox aria-label={`Select row ${ids.indexOf(id) + 1}`} checked={chosen} onChange={() => toggle(selection)(id)} />
                  </td>
                )}
                {shown.map((column) => <td key={column.id} className={classOf(column)}>{column.cell(row)}</td>)}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function open<Row>({ rows, rowId }: DataTableProps<Row>, act?: (row: Row) => void): ((id: string) => void) | undefined {
  if (!act) return undefined;
  return (id) => {
    const row = rows?.find((one) => rowId(one) === id);
    if (row) act(row);
  };
}

function toggle({ ids, onChange }: Selection): (id: string) => void {
  return (id) => {
    const next = new Set(ids);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
}

/** A click on a link, a button or a box inside the row is theirs; so is one that ends a selection of text. */
function openOnClick(event: MouseEvent<HTMLElement>, act: () => void): void {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("a, button, input, label, [role=menu]") || window.getSelection()?.toString()) return;
  act();
}

function classOf<Row>({ align, hideOn, grow }: Column<Row>): string {
  return [align && styles[align], hideOn && styles[hideOn], grow && styles.grow].filter(Boolean).join(" ");
}

function SelectAll({ ids, selection }: { ids: string[]; selection: Selection }) {
  const chosen = ids.filter((id) => selection.ids.has(id)).length;
  const all = ids.length > 0 && chosen === ids.length;
  const change = () => {
    const next = new Set(selection.ids);
    for (const id of ids) {
      if (all) next.delete(id);
      else next.add(id);
    }
    selection.onChange(next);
  };
  return <Checkbox aria-label="Select all on this page" checked={all} indeterminate={chosen > 0 && !all} onChange={change} />;
}

interface HeaderProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function Header<Row>({ column, sort, onSort }: HeaderProps<Row>) {
  const field = column.sort;
  const direction = field && sort?.field === field ? sort.direction : undefined;
  const Arrow = direction === "ASC" ? IconArrowUp : IconArrowDown;
  const order = direction && (direction === "ASC" ? "ascending" : "descending");
  return (
    <th scope="col" className={classOf(column)} style={{ width: column.grow ? `${column.grow}%` : column.width }} aria-sort={order}>
      {field && onSort ? (
        <button type="button" className={styles.sort} onClick={() => onSort({ field, direction: direction === "ASC" ? "DESC" : "ASC" })}>
          {column.header}
          {direction && <Arrow size={13} aria-hidden="true" />}
        </button>
      ) : column.silent ? <VisuallyHidden>{column.header}</VisuallyHidden> : column.header}
    </th>
  );
}

function SkeletonRows<Row>({ count, columns, selectable }: { count: number; columns: Column<Row>[]; selectable: boolean }) {
  return Array.from({ length: count }, (_, row) => (
    <tr key={row} data-testid="skeleton-row">
      {selectable && <td className={styles.check}><Skeleton width={16} height={16} /></td>}
      {columns.map((column, index) => (
        <td key={column.id} className={classOf(column)}><Skeleton height={12} width={`${50 + ((row * 7 + index * 13) % 40)}%`} /></td>
      ))}
    </tr>
  ));
}
