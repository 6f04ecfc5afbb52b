import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { useCan } from "../ui/session.tsx";
import { formatNumber } from "../ui/values.tsx";
import { usePolling } from "../ui/polling.ts";
import { mayUse, places } from "./places.ts";
import styles from "./shell.module.css";

const RunningRuns = graphql(`query RunningRuns { runs(first: 50, status: [QUEUED, RUNNING]) { nodes { id } } }`);
const EVERY_MS = 10_000;

/** The pages that exist and that the signed-in person may use. */
export function SideBar({ brand = true }: { brand?: boolean }) {
  const can = useCan();
  const mine = places.filter((place) => mayUse(can, place));
  return (
    <>
      {brand && (
        <Link to="/" className={styles.brand} aria-label="Regulars">
          <img src="/icon.svg" width={22} height={22} alt="" />
          <span className={styles.word}>Regulars</span>
        </Link>
      )}
      {mine.map((place, index) => (
        <Fragment key={place.to}>
          {place.group && mine[index - 1]?.group !== place.group && <div className={styles.group}>{place.group}</div>}
          <Link to={place.to} className={styles.place} title={place.label} activeOptions={{ includeSearch: false }}>
            <place.icon size={17} stroke={1.7} aria-hidden="true" />
            <span className={styles.word}>{place.label}</span>
            {place.to === "/runs" && <RunningCount />}
          </Link>
        </Fragment>
      ))}
    </>
  );
}

/** How many runs are going on, with a thin line that moves while any does. */
function RunningCount() {
  const [{ data }, ask] = useQuery({ query: RunningRuns, requestPolicy: "cache-and-network" });
  usePolling(() => ask({ requestPolicy: "network-only" }), EVERY_MS);
  const count = data?.runs.nodes.length ?? 0;
  if (count === 0) return null;
  return (
    <>
      <span className={styles.badge} aria-label={`${count} going on`}>{formatNumber(count)}</span>
      <span className={styles.thread} aria-hidden="true" />
    </>
  );
}
