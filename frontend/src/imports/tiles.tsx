import { UnstyledButton } from "@mantine/core";
import { formatNumber } from "../ui/values.tsx";
import styles from "./imports.module.css";
import { type Outcome, type Tile, WORDS } from "./outcomes.ts";

interface TilesProps {
  tiles: readonly Tile[];
  phase: "plan" | "done";
  /** The outcome that the rows below are narrowed to. */
  shown?: Outcome | undefined;
  /** Without it the tiles are numbers to read: while a run goes on there are no rows to narrow. */
  onShow?: (outcome: Outcome | undefined) => void;
}

/** How many rows come to what; a click shows those rows, a second one shows all again. */
export function Tiles({ tiles, phase, shown, onShow }: TilesProps) {
  return (
    <div className={styles.tiles} role="group" aria-label="Rows by outcome">
      {tiles.map(({ outcome, count }) => {
        const words = WORDS[outcome];
        const inside = (
          <>
            <span className={styles.tileName} data-tone={count > 0 ? words.tone : "quiet"}>{words[phase]}</span>
            <span className={styles.tileCount} data-none={count === 0 || undefined}>{formatNumber(count)}</span>
            <span className={styles.tileAbout}>{words.about}</span>
          </>
        );
        if (!onShow) return <div key={outcome} className={styles.tile} data-outcome={outcome}>{inside}</div>;
        return (
          <UnstyledButton key={outcome} className={styles.tile} data-outcome={outcome} aria-pressed={shown === outcome} disabled={count === 0 && shown !== outcome}
            onClick={() => onShow(shown === outcome ? undefined : outcome)}>
            {inside}
          </UnstyledButton>
        );
      })}
    </div>
  );
}
