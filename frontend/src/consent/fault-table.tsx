import { type Column, DataTable } from "../ui/data-table.tsx";
import { Status } from "../ui/status.tsx";
import { Num, OrMissing } from "../ui/values.tsx";
import type { Fault } from "./verification.ts";

const KINDS: Record<Fault["kind"], string> = {
  EDITED: "Edited", MISSING: "Taken out", REORDERED: "Put elsewhere", CUT: "Cut off", PERSONAL: "Personal part changed",
  PROJECTION: "State does not follow", SEAL: "Seal does not fit", KEY_MISSING: "No key to check it",
};

const columns: Column<Fault>[] = [
  { id: "kind", header: "Fault", cell: (fault) => <Status tone="bad">{KINDS[fault.kind]}</Status> },
  { id: "message", header: "What was found", grow: 50, cell: (fault) => <span title={fault.message}>{fault.message}</span> },
  { id: "seq", header: "Place", align: "right", cell: (fault) => <Num value={fault.seq} />, hideOn: "phone" },
  { id: "entry", header: "Entry", cell: (fault) => <OrMissing>{fault.entryId && <code>{fault.entryId}</code>}</OrMissing>, hideOn: "phone" },
];

/** What the check found. */
export function FaultTable({ faults }: { faults: readonly Fault[] }) {
  return <DataTable label="Faults" columns={columns} rows={faults} rowId={(fault) => `${fault.kind} ${fault.entryId ?? ""} ${fault.seq ?? ""} ${fault.message}`} empty={null} />;
}
