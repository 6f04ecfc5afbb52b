import { CombinedError } from "urql";
import { type Column, DataTable } from "./data-table.tsx";
import { EmptyState } from "./states.tsx";
import { Status } from "./status.tsx";
import type { Story } from "./stories.ts";
import { Num, OrMissing, RelativeTime } from "./values.tsx";

interface Person {
  id: string;
  name: string;
  email: string | null;
  orders: number;
  seen: string | null;
}

const NAMES = ["Jane Doe", "Bartholomew Featherstonehaugh-Cholmondeley of Upper Something", "王小明", "محمد الأحمد", "Anonymous 3f9a"];
const people: Person[] = Array.from({ length: 60 }, (_, index) => ({
  id: `cus_${index}`,
  name: `${NAMES[index % 5]} ${index}`,
  email: index % 5 === 4 ? null : `person${index}@example.org`,
  orders: index * 137,
  seen: index % 3 === 0 ? null : new Date(Date.UTC(2026, 0, 1 + index)).toISOString(),
}));
const columns: Column<Person>[] = [
  { id: "name", header: "Name", cell: (person) => person.name, sort: "NAME", grow: 40 },
  { id: "email", header: "Email", cell: (person) => <OrMissing>{person.email}</OrMissing> },
  { id: "state", header: "State", cell: () => <Status tone="good">Known</Status> },
  { id: "orders", header: "Orders", cell: (person) => <Num value={person.orders} />, align: "right" },
  { id: "seen", header: "Last seen", cell: (person) => <RelativeTime at={person.seen} /> },
];
const common = { label: "People", columns, rowId: (person: Person) => person.id, empty: <EmptyState title="No people yet">Import a file or add one.</EmptyState> };
const broken = new CombinedError({ graphQLErrors: [{ message: "x", extensions: { code: "INTERNAL", traceId: "7f3a91c2" } }] });
const forbidden = new CombinedError({ graphQLErrors: [{ message: "x", extensions: { code: "FORBIDDEN", permission: "customer.read" } }] });
const offline = new CombinedError({ networkError: new Error("refused") });
const quiet = () => undefined;

export const stories: Story[] = [
  { name: "loading", render: () => <DataTable {...common} rows={undefined} fetching />, shows: ["Name", "Last seen"] },
  { name: "empty", render: () => <DataTable {...common} rows={[]} />, shows: ["No people yet", "Import a file or add one."] },
  { name: "broken", render: () => <DataTable {...common} rows={undefined} error={broken} onRetry={quiet} />, shows: ["Something went wrong on the server.", "7f3a91c2", "Retry"] },
  { name: "no permission", render: () => <DataTable {...common} rows={undefined} error={forbidden} />, shows: ["You may not see this", "customer.read"] },
  { name: "offline", render: () => <DataTable {...common} rows={undefined} error={offline} onRetry={quiet} />, shows: ["The server could not be reached.", "Retry"] },
  {
    name: "full",
    render: () => <DataTable {...common} rows={people} selection={{ ids: new Set(["cus_1"]), onChange: quiet }} sort={{ field: "NAME", direction: "ASC" }} onSort={quiet} onOpen={quiet} />,
    shows: ["Jane Doe 0", "person58@example.org", "8,083", "محمد الأحمد 3"],
  },
  { name: "one row", render: () => <DataTable {...common} rows={people.slice(4, 5)} />, shows: ["Anonymous 3f9a 4", "–"] },
  { name: "another answer under way", render: () => <DataTable {...common} rows={people.slice(0, 3)} fetching />, shows: ["Jane Doe 0"] },
];
