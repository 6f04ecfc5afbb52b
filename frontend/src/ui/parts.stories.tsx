import { Group } from "@mantine/core";
import { FilterBar, FilterChip } from "./chips.tsx";
import { Choices } from "./choices.tsx";
import { CodeBlock } from "./code-block.tsx";
import { ConfirmDialog } from "./confirm.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Identicon } from "./identicon.tsx";
import { Notice } from "./notice.tsx";
import { Pager } from "./pager.tsx";
import { EmptyState, FormErrors, NoPermission, TextSkeleton } from "./states.tsx";
import { Status } from "./status.tsx";
import type { Story } from "./stories.ts";
import { Missing, Num, RelativeTime } from "./values.tsx";

const quiet = () => undefined;
const settled = () => Promise.resolve();
const OPTIONS = [{ value: "all", label: "All" }, { value: "going", label: "Going on" }] as const;

export const stories: Story[] = [
  { name: "status", render: () => <Group><Status tone="good">Done</Status><Status tone="warn">Ready</Status><Status tone="bad">Failed</Status><Status tone="going">Running</Status><Status tone="quiet">Cancelled</Status></Group>, shows: ["Done", "Ready", "Failed", "Running", "Cancelled"] },
  { name: "values", render: () => <Group><RelativeTime at="2026-03-12T14:02:31Z" /><Num value={48_212} /><Missing /></Group>, shows: ["12 Mar 2026", "48,212", "–"] },
  { name: "identicons", render: () => <Group>{["cus_1", "cus_2", "cus_3", "usr_1"].map((id) => <Identicon key={id} id={id} size={40} />)}</Group>, shows: [] },
  { name: "filter chips", render: () => <FilterBar><FilterChip label="Country" value="NL" onRemove={quiet} /><FilterChip label="Last seen" value="> 30 d" onRemove={quiet} editor={() => "Editor"} /></FilterBar>, shows: ["Country:", "NL", "Last seen:"] },
  { name: "choices", render: () => <Choices label="Which" value="all" options={OPTIONS} onChange={quiet} />, shows: ["All", "Going on"] },
  { name: "pager", render: () => <Pager onBack={undefined} onForward={quiet} size={50} onSize={quiet} />, shows: ["Back", "Next", "50 per page"] },
  { name: "empty state", render: () => <EmptyState title="No customers yet" action={<CopyButton value="x" label="Copy" />}>Import a file or add one.</EmptyState>, shows: ["No customers yet", "Import a file or add one.", "Copy"] },
  { name: "no permission", render: () => <NoPermission permission="customer.read" />, shows: ["You may not see this", "customer.read"] },
  { name: "form errors", render: () => <FormErrors errors={[{ code: "TAKEN", message: "There is a user with this address already." }]} />, shows: ["There is a user with this address already."] },
  { name: "notice", render: () => <Notice tone="warn" title="No worker is connected">Runs wait, and nothing is lost.</Notice>, shows: ["No worker is connected", "Runs wait, and nothing is lost."] },
  { name: "text skeleton", render: () => <TextSkeleton lines={4} />, shows: [] },
  { name: "code", render: () => <CodeBlock label="Query" text="{ viewer { name } }" />, shows: ["{ viewer { name } }"] },
  { name: "confirm", render: () => <ConfirmDialog opened onClose={quiet} title="Delete 3 customers?" confirm="Delete 3 customers" danger onConfirm={settled} type="3">They go to the trash for 30 days.</ConfirmDialog>, shows: ["Delete 3 customers?", "They go to the trash for 30 days.", "Type 3 to confirm"] },
];
