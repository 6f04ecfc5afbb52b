import { Button, Menu, Skeleton } from "@mantine/core";
import { IconDownload, IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useQuery } from "urql";
import { consentOperations } from "../consent/operations.ts";
import { privacyOperations } from "../privacy/operations.ts";
import type { PrivacyDialog } from "../privacy/profile-menu.tsx";
import { useCrumb } from "../ui/crumb.ts";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { TabLink, TabList } from "../ui/tabs.tsx";
import { Contact } from "./contact.tsx";
import { type Customer, customerDocument } from "./customer-query.ts";
import { Details } from "./details.tsx";
import { type Field, useFields, useReadable } from "./fields.ts";
import { CustomerName } from "./header.tsx";
import { FieldHistoryQuery, HistoryTab } from "./history.tsx";
import styles from "./profile.module.css";
import { SavingProvider, UpdateMutation } from "./saving.tsx";
import { Tags } from "./tags.tsx";
import { Timeline, TimelineQuery } from "./timeline.tsx";
import { TrashedBanner } from "./trashed-banner.tsx";

const ConsentTab = lazy(async () => ({ default: (await import("../consent/tab.tsx")).ConsentTab }));
const CopyDialog = lazy(async () => ({ default: (await import("./copy-dialog.tsx")).CopyDialog }));
const Gone = lazy(async () => ({ default: (await import("../privacy/gone.tsx")).Gone }));
const PrivacyBanners = lazy(async () => ({ default: (await import("../privacy/banners.tsx")).PrivacyBanners }));
const PrivacyMenu = lazy(async () => ({ default: (await import("../privacy/profile-menu.tsx")).PrivacyMenu }));
const ProfileDialogs = lazy(async () => ({ default: (await import("../privacy/profile-dialogs.tsx")).ProfileDialogs }));
const TrashDialog = lazy(async () => ({ default: (await import("./trash-dialog.tsx")).TrashDialog }));

const route = getRouteApi("/shell/customers/$id");

export const TABS = [["timeline", "Timeline"], ["details", "Details"], ["consent", "Consent & identifiers"], ["history", "History"]] as const;
export type Tab = (typeof TABS)[number][0];
/** Tables that take the whole width. */
const WIDE: ReadonlySet<Tab> = new Set<Tab>(["consent", "history"]);

/** One customer: who it is, what happened, every field. */
export function CustomerPage() {
  const { id } = route.useParams();
  const { tab } = route.useSearch();
  const { fields: all, error: fieldsError } = useFields();
  const fields = useReadable(all);
  const document = useMemo(() => customerDocument(fields ?? []), [fields]);
  const [{ data, error }, ask] = useQuery({ query: document, variables: { id }, pause: !fields });
  const customer = data?.customer?.id === id ? data.customer : undefined;
  useCrumb(customer?.displayName);
  const failed = error ?? fieldsError;
  if (failed && !customer) {
    return <Page title="Customer" operations={[{ document, variables: { id } }]}><ErrorState error={failed} onRetry={() => ask({ requestPolicy: "network-only" })} /></Page>;
  }
  if (data && !customer && data.customer === null) {
    return (
      <Page title="Customer" operations={[{ document, variables: { id } }]}>
        <Suspense fallback={<TextSkeleton lines={3} />}><Gone id={id} /></Suspense>
      </Page>
    );
  }
  const operations = [
    ...(tab === "consent" ? consentOperations(id) : []),
    { title: "The profile", document, variables: { id } },
    { title: "Its timeline", document: TimelineQuery, variables: { id, after: null } },
    { title: "One field's history", document: FieldHistoryQuery, variables: { id, path: "emails", after: null } },
    { title: "A change", document: UpdateMutation, variables: { id, input: { jobTitle: "Editor", expectedVersion: customer?.version ?? 1 } } },
    ...privacyOperations(id),
  ];
  return customer && fields ? <Profile key={id} customer={customer} fields={fields} operations={operations} /> : <Waiting operations={operations} />;
}

type Operations = Parameters<typeof Page>[0]["operations"];

function Waiting({ operations }: { operations: Operations }) {
  return (
    <Page title="Customer" operations={operations} heading={<div style={{ display: "flex", gap: 12 }}><Skeleton width={44} height={44} /><div><Skeleton width={220} height={24} mb={8} /><Skeleton width={300} height={14} /></div></div>}>
      <div className={styles.columns}><TextSkeleton lines={10} /><div className={styles.side}><TextSkeleton lines={6} /></div></div>
    </Page>
  );
}

function Profile({ customer, fields, operations }: { customer: Customer; fields: readonly Field[]; operations: Operations }) {
  const { tab = "timeline" } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const [dialog, setDialog] = useState<"copy" | "trash" | PrivacyDialog>();
  const trashed = customer.trashedAt !== null;
  const { anonymizedAt } = customer;
  const writes = can("customer.write") && !trashed && !anonymizedAt;
  const edit = () => {
    if (tab !== "details") return void navigate({ search: { tab: "details" } });
    const under = window.document.querySelector<HTMLElement>("[data-field]:hover [data-edit]");
    return (under ?? window.document.querySelector<HTMLElement>("[data-edit]"))?.click();
  };
  useShortcut("e", "Edit the field under the pointer", edit, writes);
  useShortcut("Escape", "Back to the list", () => void navigate({ to: "/customers" }));
  const heading = (
    <div style={{ minWidth: 0, flex: "1 1 320px" }}>
      <CustomerName customer={customer} />
      {!anonymizedAt && <div style={{ marginTop: 8, marginLeft: 56 }}><Tags customer={customer} writes={writes} most={8} /></div>}
    </div>
  );
  return (
    <SavingProvider id={customer.id} fields={fields}>
      <Page title={customer.displayName} heading={heading} operations={operations}
        menu={<>
          {can("customer.export.single") && <Menu.Item leftSection={<IconDownload size={15} />} onClick={() => setDialog("copy")}>Download a copy</Menu.Item>}
          {can("customer.delete") && !trashed && <Menu.Item c="var(--bad)" leftSection={<IconTrash size={15} />} onClick={() => setDialog("trash")}>Move to trash</Menu.Item>}
          <Suspense><PrivacyMenu id={customer.id} onOpen={setDialog} /></Suspense>
        </>}
        actions={writes && tab !== "details" && <Button onClick={edit}>Edit</Button>}>
        {trashed && <TrashedBanner id={customer.id} at={customer.trashedAt} />}
        <Suspense><PrivacyBanners id={customer.id} name={customer.displayName} /></Suspense>
        <Tabs tab={tab} id={customer.id} />
        <div className={WIDE.has(tab) ? undefined : styles.columns}>
          <div id="tab" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={-1} style={{ outline: 0 }}>
            {tab === "timeline" && <Timeline id={customer.id} fields={fields} writes={writes} />}
            {tab === "details" && <Details customer={customer} fields={fields} writes={writes} />}
            {tab === "consent" && <Suspense fallback={<TextSkeleton lines={12} />}><ConsentTab id={customer.id} trashed={trashed} /></Suspense>}
            {tab === "history" && <HistoryTab id={customer.id} fields={fields} />}
          </div>
          {!WIDE.has(tab) && (
            <aside className={styles.side} aria-label="Contact and facts">
              <div style={{ display: "grid", gap: 24 }}><Contact customer={customer} fields={fields} /></div>
            </aside>
          )}
        </div>
        <Suspense>
          {dialog === "copy" && <CopyDialog id={customer.id} name={customer.displayName} onClose={() => setDialog(undefined)} />}
          {dialog === "trash" && <TrashDialog customers={new Map([[customer.id, customer.displayName]])} onClose={() => setDialog(undefined)} onDone={() => undefined} />}
          {dialog && dialog !== "copy" && dialog !== "trash" && <ProfileDialogs dialog={dialog} id={customer.id} name={customer.displayName} onClose={() => setDialog(undefined)} />}
        </Suspense>
      </Page>
    </SavingProvider>
  );
}

function Tabs({ tab, id }: { tab: Tab; id: string }): ReactNode {
  return (
    <TabList label="Parts of the profile">
      {TABS.map(([name, label]) => (
        <TabLink key={name} name={name} selected={tab === name} to="/customers/$id" params={{ id }} search={name === "timeline" ? {} : { tab: name }}>{label}</TabLink>
      ))}
    </TabList>
  );
}
