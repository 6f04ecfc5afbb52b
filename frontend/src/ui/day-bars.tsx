import { useMemo } from "react";
import styles from "./day-bars.module.css";
import { formatNumber, plainDate } from "./values.tsx";

export interface DayCount {
  /** 2026-03-12 */
  day: string;
  count: number;
  /** Stands on top of it, hatched. */
  other?: number;
}

interface DayBarsProps {
  /** What it shows in one sentence: a reader of the screen hears it in place of the picture. */
  label: string;
  /** Days with something; those between are empty. */
  days: readonly DayCount[];
  from: string;
  length: number;
  /** What the two parts are called. */
  words: { count: string; other: string };
  height?: number;
}

const STEP = 10;
const GAP = 2;
const DAY_MS = 24 * 3600 * 1000;
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" });

/** One bar a day, as a plain SVG; hovering a day tells its numbers. */
export function DayBars({ label, days, from, length, words, height = 96 }: DayBarsProps) {
  const bars = useMemo(() => filled(days, from, length), [days, from, length]);
  const most = Math.max(1, ...bars.map(({ count, other = 0 }) => count + other));
  const has = bars.some(({ other = 0 }) => other > 0);
  const scale = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * height));
  return (
    <figure className={styles.figure}>
      <div className={styles.legend} aria-hidden="true">
        <span><i className={styles.one} />{words.count}</span>
        {has && <span><i className={styles.two} />{words.other}</span>}
        <span className={styles.most}>most in a day: {formatNumber(most)}</span>
      </div>
      <svg className={styles.bars} viewBox={`0 0 ${length * STEP} ${height}`} preserveAspectRatio="none" role="img" aria-label={label} style={{ height }}>
        {bars.map(({ day, count, other = 0 }, index) => (
          <g key={day}>
            <title>{`${plainDate(day)}: ${formatNumber(count)} ${words.count.toLowerCase()}${other > 0 ? `, ${formatNumber(other)} ${words.other.toLowerCase()}` : ""}`}</title>
            <rect className={styles.hit} x={index * STEP} y={0} width={STEP} height={height} />
            <rect className={styles.one} x={index * STEP} y={height - scale(count)} width={STEP - GAP} height={scale(count)} />
            <rect className={styles.two} x={index * STEP} y={height - scale(count) - scale(other)} width={STEP - GAP} height={scale(other)} />
          </g>
        ))}
      </svg>
      <div className={styles.months} aria-hidden="true">
        {bars.map(({ day }, index) => (index === 0 || day.endsWith("-01")) && index < length - 6 && (index === 0 ? !near(bars, index) : true) && (
          <span key={day} style={{ left: `${(index / length) * 100}%` }}>{index === 0 ? plainDate(day) : MONTH.format(new Date(day))}</span>
        ))}
      </div>
    </figure>
  );
}

/** Whether a month begins so soon after a day that the two names would lie over each other. */
function near(bars: readonly DayCount[], index: number): boolean {
  return bars.slice(index + 1, index + 10).some(({ day }) => day.endsWith("-01"));
}

/** Every day of the stretch, also those on which nothing is. */
export function filled(days: readonly DayCount[], from: string, length: number): DayCount[] {
  const known = new Map(days.map((one) => [one.day, one]));
  const start = Date.parse(`${from}T00:00:00Z`);
  return Array.from({ length }, (_, index) => {
    const day = new Date(start + index * DAY_MS).toISOString().slice(0, 10);
    return known.get(day) ?? { day, count: 0 };
  });
}
