import { Code, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { graphql, type ResultOf } from "../graphql.ts";
import { useCursors } from "../ui/cursors.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Page } from "../ui/page.tsx";
import { Pager } from "../ui/pager.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Status, type Tone } from "../ui/status.tsx";
import { RelativeTime } from "../ui/values.tsx";

const MailDialog = lazy(async () => ({ default: (await import("./mail-dialog.tsx")).MailDialog }));

const OutboxQuery = graphql(`
  query Outbox($first: Int!, $after: String) {
    outbox(first: $first, after: $after) {
      nodes { id at to subject text status error }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type Mail = ResultOf<typeof OutboxQuery>["outbox"]["nodes"][number];

const STATES: Record<Mail["status"], [Tone, string]> = {
  QUEUED: ["going", "On its way"],
  SENT: ["good", "Sent"],
  KEPT: ["quiet", "Kept here"],
  FAILED: ["bad", "Failed"],
};

export function MailStatus({ mail }: { mail: Mail }) {
  const [tone, word] = STATES[mail.status];
  return <Status tone={tone}>{word}</Status>;
}

const columns: Column<Mail>[] = [
  { id: "subject", header: "Subject", grow: 50, cell: (mail) => <Text component="span" inherit fw={500}>{mail.subject}</Text> },
  { id: "to", header: "To", cell: (mail) => mail.to, hideOn: "phone" },
  { id: "status", header: "State", cell: (mail) => <MailStatus mail={mail} /> },
  { id: "at", header: "Written", cell: (mail) => <RelativeTime at={mail.at} /> },
];

/** The mails that Regulars wrote. Without a mail server they are kept here and read here. */
export function OutboxPage() {
  const [open, setOpen] = useState<Mail>();
  const cursors = useCursors();
  const variables = { first: 50, after: cursors.after };
  const context = useMemo(() => ({ additionalTypenames: ["OutboxMail"] }), []);
  const [{ data, error, fetching }, ask] = useQuery({ query: OutboxQuery, variables, context });
  return (
    <Page title="Outbox" operations={[{ document: OutboxQuery, variables }]}>
      <DataTable label="Mails" columns={columns} rows={data?.outbox.nodes} rowId={(mail) => mail.id} fetching={fetching} error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })} onOpen={setOpen} skeletonRows={8}
        empty={<EmptyState title="No mails yet">Links to set a password and reports of imports appear here. Set <Code>SMTP_URL</Code> and they are also sent.</EmptyState>} />
      <Pager onBack={cursors.back} onForward={cursors.forward(data?.outbox.pageInfo)} />
      <Suspense>{open && <MailDialog mail={open} onClose={() => setOpen(undefined)} />}</Suspense>
    </Page>
  );
}
