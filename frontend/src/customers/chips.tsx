import { lazy, Suspense } from "react";
import { FilterChip } from "../ui/chips.tsx";
import { AddFilter } from "./add-filter.tsx";
import { type Chip, chipText, type Target } from "./filters.ts";

const FilterEditor = lazy(async () => ({ default: (await import("./filter-editor.tsx")).FilterEditor }));

/** The filters of the list without its search: a condition in a form. */
export function ConditionChips({ chips, targets, onChange }: { chips: readonly Chip[]; targets: readonly Target[]; onChange: (chips: Chip[]) => void }) {
  const replace = (index: number, chip: Chip) => onChange(chips.map((one, place) => (place === index ? chip : one)));
  return (
    <div style={{ display: "flex", flexWrap: "wrap", gap: 8 }}>
      {chips.map((chip, index) => {
        const target = targets.find(({ path }) => path === chip[0]);
        return target && (
          <FilterChip key={`${chip[0]} ${chip[1]} ${JSON.stringify(chip[2])}`} label={target.label} value={chipText(chip, target)}
            onRemove={() => onChange(chips.filter((_, place) => place !== index))}
            editor={(close) => (
              <Suspense fallback={null}><FilterEditor target={target} chip={chip} onApply={(next) => { close(); replace(index, next); }} /></Suspense>
            )} />
        );
      })}
      <AddFilter targets={targets} onAdd={(chip) => onChange([...chips, chip])} />
    </div>
  );
}
