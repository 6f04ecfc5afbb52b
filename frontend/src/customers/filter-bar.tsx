import { Button, CloseButton, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { FilterChip } from "../ui/chips.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { type Chip, chipText, type Target } from "./filters.ts";
import styles from "./customers.module.css";

const AddFilter = lazy(async () => ({ default: (await import("./add-filter.tsx")).AddFilter }));
const FilterEditor = lazy(async () => ({ default: (await import("./filter-editor.tsx")).FilterEditor }));

const PAUSE_MS = 200;

interface FilterBarProps {
  q: string;
  onSearch: (q: string) => void;
  chips: readonly Chip[];
  onChips: (chips: Chip[]) => void;
  targets: readonly Target[];
  /** Stands at the right: columns. */
  children?: ReactNode;
}

/** Search, the filters that are on, and + Filter. */
export function CustomerFilters({ q, onSearch, chips, onChips, targets, children }: FilterBarProps) {
  const [adding, setAdding] = useState(false);
  const replace = (index: number, chip: Chip) => onChips(chips.map((one, place) => (place === index ? chip : one)));
  return (
    <div className={styles.bar} role="search">
      <SearchField q={q} onSearch={onSearch} />
      {chips.map((chip, index) => {
        const target = targets.find(({ path }) => path === chip[0]);
        if (!target) return null;
        return (
          <FilterChip key={`${chip[0]} ${chip[1]} ${JSON.stringify(chip[2])}`} label={target.label} value={chipText(chip, target)}
            onRemove={() => onChips(chips.filter((_, place) => place !== index))}
            editor={(close) => (
              <Suspense fallback={null}><FilterEditor target={target} chip={chip} onApply={(next) => { close(); replace(index, next); }} /></Suspense>
            )} />
        );
      })}
      <Suspense fallback={<AddButton />}>
        {adding ? <AddFilter targets={targets} startOpen onAdd={(chip) => onChips([...chips, chip])} /> : <AddButton onClick={() => setAdding(true)} />}
      </Suspense>
      {children && <div className={styles.end}>{children}</div>}
    </div>
  );
}

/** Stands there until the rest of it is wanted and fetched. */
function AddButton({ onClick }: { onClick?: () => void }) {
  return <Button variant="subtle" color="gray" c="inherit" fw={500} h={30} px="sm" leftSection={<IconPlus size={14} />} onClick={onClick}>Filter</Button>;
}

/** Searches when typing pauses; `/` comes here, Esc clears. */
function SearchField({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(q);
  const sent = useRef(q);
  useShortcut("/", "Search", () => field.current?.focus());
  // The address changed by something else than this field: Back, or a link.
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setTyped(q);
  }, [q]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = wanted;
      onSearch(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <TextInput ref={field} className={styles.search} size="xs" fz={13} type="search" aria-label="Search customers" placeholder="Search name, email, phone, id"
      maxLength={200} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} leftSection={<IconSearch size={15} />}
      rightSection={typed !== "" && <CloseButton size={20} iconSize={12} aria-label="Clear the search" onClick={() => { setTyped(""); field.current?.focus(); }} />}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (typed === "") field.current?.blur();
        setTyped("");
        event.preventDefault();
      }} />
  );
}
