import { Group, Stack } from "@mantine/core";
import type { Story } from "../ui/stories.ts";
import { FaultTable } from "./fault-table.tsx";
import { LedgerEntry } from "./ledger-entry.tsx";
import { Outcome } from "./outcome.tsx";
import { ENTRY, IDENTIFIERS, KNOWN } from "./sample.ts";
import { ListMark, StateMark } from "./words.tsx";

const quiet = () => undefined;
const answered = (appliedAs: "BLOCKED" | "SUPERSEDED" | "NO_CHANGE", index: number) => IDENTIFIERS.slice(index, index + 1).map((of) => (
  { of, result: { index, applied: true, entryId: "con_1", appliedAs, errors: [] } }));

export const stories: Story[] = [
  {
    name: "states of consent", shows: ["Granted", "Pending", "Unknown", "Withdrawn", "Denied", "Expired", "Subscribed", "Cleaned"],
    render: () => (
      <Stack>
        <Group>{(["GRANTED", "PENDING", "UNKNOWN", "WITHDRAWN", "DENIED", "EXPIRED"] as const).map((state) => <StateMark key={state} state={state} />)}</Group>
        <Group>{(["SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "CLEANED"] as const).map((status) => <ListMark key={status} status={status} />)}</Group>
      </Stack>
    ),
  },
  { name: "an entry of the ledger", shows: ["Email for marketing", "Ticked the box", "A partner system", "Receipt"], render: () => <ul><LedgerEntry entry={ENTRY} known={KNOWN} alone={false} /></ul> },
  {
    name: "an entry that was blocked, and blanked", shows: ["The personal part was erased; the entry still proves the rest."],
    render: () => <ul><LedgerEntry entry={{ ...ENTRY, appliedAs: "BLOCKED", redacted: true, evidence: null, identifier: null }} known={KNOWN} alone /></ul>,
  },
  {
    name: "what became of what was recorded", shows: ["Blocked", "Superseded", "No change."],
    render: () => <Outcome results={[...answered("BLOCKED", 0), ...answered("SUPERSEDED", 1), ...answered("NO_CHANGE", 2)]} onClose={quiet} />,
  },
  {
    name: "faults of the ledger", shows: ["Edited", "Cut off", "The last entry is missing."],
    render: () => <FaultTable faults={[{ kind: "EDITED", entryId: "con_1", seq: 4, message: "The hash does not fit." }, { kind: "CUT", entryId: null, seq: 9, message: "The last entry is missing." }]} />,
  },
];
