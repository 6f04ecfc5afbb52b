import { Button, NativeSelect, Text, TextInput } from "@mantine/core";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { plainDate } from "../ui/values.tsx";
import styles from "./privacy.module.css";
import { type IdentifierKind, SuppressionQuery, type Wanted } from "./queries.ts";

const LiftDialog = lazy(async () => ({ default: (await import("./lift-dialog.tsx")).LiftDialog }));

const KINDS: readonly { value: IdentifierKind; label: string; example: string }[] = [
  { value: "EMAIL", label: "Email", example: "jane@example.org" },
  { value: "PHONE", label: "Phone", example: "+31 6 1234 5678" },
  { value: "REFERENCE_ID", label: "Reference id", example: "C-10442" },
  { value: "PUSH", label: "Push token", example: "The token of the app" },
  { value: "WEB_PUSH", label: "Web push", example: "The endpoint of the browser" },
];

/** Looks one address up; what is typed stays out of the page's address, as it names a person. */
export function Suppressed() {
  const [kind, setKind] = useState<IdentifierKind>("EMAIL");
  const [value, setValue] = useState("");
  const [wanted, setWanted] = useState<Wanted>();
  const look = (event: FormEvent) => {
    event.preventDefault();
    if (value.trim() !== "") setWanted({ kind, value: value.trim() });
  };
  const example = KINDS.find((one) => one.value === kind)?.example;
  return (
    <div className={styles.narrow}>
      <Text fz="sm" c="dimmed" mb="md">
        What belonged to somebody who was erased may not come back: not by an import, a partner or by hand. It is remembered as a digest, so it can be looked up here, and not listed.
      </Text>
      <form onSubmit={look} className={styles.look} role="search" aria-label="Look up an address">
        <NativeSelect label="Kind" size="sm" data={KINDS.map(({ value: one, label }) => ({ value: one, label }))} value={kind} onChange={(event) => setKind(event.currentTarget.value as IdentifierKind)} />
        <TextInput label="Address" flex="1 1 220px" autoComplete="off" placeholder={example} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
        <Button type="submit" size="sm" disabled={value.trim() === ""}>Look up</Button>
      </form>
      <div aria-live="polite">{wanted && <Found key={`${wanted.kind} ${wanted.value}`} wanted={wanted} />}</div>
    </div>
  );
}

function Found({ wanted }: { wanted: Wanted }) {
  const [lifting, setLifting] = useState(false);
  const [{ data, error, fetching }, ask] = useQuery({ query: SuppressionQuery, variables: { ...wanted }, requestPolicy: "network-only" });
  const again = () => ask({ requestPolicy: "network-only" });
  if (error) return <ErrorState error={error} onRetry={again} />;
  if (!data || (fetching && !data)) return <TextSkeleton lines={2} />;
  const found = data.suppression;
  return (
    <div className={styles.found}>
      <div>
        <div className={styles.value}><bdi>{wanted.value}</bdi></div>
        {found?.suppressed
          ? <Text fz="sm">Suppressed{found.at && ` since ${plainDate(found.at)}`}: it belonged to somebody who was erased or anonymized.</Text>
          : <Text fz="sm">Not suppressed: it can be used like any other.</Text>}
      </div>
      {found?.suppressed && <Button variant="default" onClick={() => setLifting(true)}>Lift…</Button>}
      <Suspense>{lifting && <LiftDialog wanted={wanted} onClose={() => setLifting(false)} onLifted={again} />}</Suspense>
    </div>
  );
}
