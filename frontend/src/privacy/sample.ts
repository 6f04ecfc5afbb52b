// What the API answers, for tests and stories.
import type { RunState } from "../runs/progress.tsx";
import type { CustomerPrivacy, Privacy } from "./queries.ts";
import type { Forecast, Policy } from "./retention-queries.ts";

const BY = { kind: "USER", name: "Ada Admin" } as const;

export const PRIVACY: Privacy = {
  act: "ERASE", reason: "Closed accounts", suppress: true, applyAt: null, customers: 1204, held: 3, missing: 2, policy: null,
  fields: [
    { name: "locale", label: "Language", does: "REMOVE", customers: 90 },
    { name: "emails", label: "Emails", does: "REMOVE", customers: 1200 },
    { name: "version", label: "Version", does: "REMOVE", customers: 1204 },
  ],
  collections: [], figures: null, certificate: null,
};

export const DONE: Privacy = {
  ...PRIVACY, act: "ANONYMIZE",
  collections: [
    { collection: "customers", about: "Every field of the profile.", cleared: 1204, searched: 48_212, found: 0 },
    { collection: "run_rows", about: "Rows of imported files.", cleared: 12, searched: 900, found: 2 },
    { collection: "roles", about: "What colleagues may do.", cleared: 0, searched: 7, found: 0 },
  ],
  figures: { before: [{ name: "customers", count: 1204 }, { name: "created_at:2024-03", count: 80 }], after: [{ name: "customers", count: 1204 }, { name: "created_at:2024-03", count: 79 }], same: false },
  certificate: { at: "2026-03-12T12:00:00Z", clean: false, name: "certificate-run_1.json" },
};

export const RUN: RunState = {
  id: "run_1", kind: "ERASE", phase: "PLAN", status: "READY", title: "Customers that match a filter",
  createdAt: "2026-03-12T12:00:00Z", startedAt: "2026-03-12T12:00:01Z", finishedAt: null,
  processed: 1209, total: 1209, rate: null, etaSeconds: null, attempt: 1, cancelRequested: false, planned: [], outcome: [], error: null,
};

export const HOLD: NonNullable<CustomerPrivacy["hold"]> = { reason: "Law suit", until: "2031-02-03T14:00:00Z", at: "2026-01-02T10:00:00Z", by: BY };

export const CUSTOMER: CustomerPrivacy = { id: "cus_1", anonymizedAt: null, hold: null, retention: null, privacyRequest: null };

export const POLICY: Policy = {
  id: "rtp_1", name: "Not seen for two years", kind: "KNOWN", ageOf: "LAST_SEEN", days: 730, act: "ANONYMIZE", except: null, enabled: false, noticeDays: 7,
  noticedAt: null, firstRunAfter: null, error: null, version: 1, updatedAt: "2026-01-02T10:00:00Z", updatedBy: BY,
};

export const FORECAST: Forecast = {
  nodes: [], pageInfo: { hasNextPage: false, endCursor: null }, totals: { go: 7, blocked: 1 }, firstRunAt: "2026-03-12T02:00:00Z",
  days: [{ day: "2026-03-12", go: 4, blocked: 1 }, { day: "2026-03-20", go: 3, blocked: 0 }],
};
