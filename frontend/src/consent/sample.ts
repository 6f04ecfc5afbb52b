// A person with two addresses, a phone and a browser, for tests.
import type { Agreements } from "./queries.ts";
import type { Entry, Identifier, Standing } from "./words.tsx";

export const KNOWN: Agreements = {
  purposes: [
    { key: "MARKETING", name: "Marketing", about: "News and offers", allowUnknown: false, allowImplicit: false, archivedAt: null },
    { key: "SERVICE", name: "Service", about: "About an order", allowUnknown: true, allowImplicit: true, archivedAt: null },
  ],
  terms: [{
    key: "conditions", name: "Conditions", about: "", archivedAt: null,
    versions: [
      { version: 2, effectiveFrom: "2026-01-01T00:00:00Z", texts: [{ locale: "en", text: "You agree to everything.", textHash: "h2" }] },
      { version: 1, effectiveFrom: "2025-01-01T00:00:00Z", texts: [{ locale: "en", text: "You agree to little.", textHash: "h1" }] },
    ],
  }],
  lists: [
    { key: "newsletter", name: "Newsletter", about: "", channel: "EMAIL", doubleOptIn: false, archivedAt: null, purpose: { key: "MARKETING", name: "Marketing" } },
    { key: "sales", name: "Sales alerts", about: "", channel: "EMAIL", doubleOptIn: false, archivedAt: null, purpose: { key: "MARKETING", name: "Marketing" } },
  ],
};

function standing(rest: Partial<Standing>): Standing {
  return { topic: "CHANNEL", channel: null, purpose: null, list: null, term: null, termVersion: null, state: "GRANTED", basis: "EXPLICIT", collectedAt: "2026-03-12T09:00:00Z", entryId: "con_1", listStatus: null, ...rest };
}

function identifier(rest: Partial<Identifier>): Identifier {
  return { key: "k", kind: "EMAIL", value: null, label: null, primary: false, channels: ["EMAIL"], deliverable: true, deliverabilityReason: null, deliverabilityAt: null, lastSeen: false, seenAt: null, standings: [], ...rest };
}

export const IDENTIFIERS: Identifier[] = [
  identifier({
    key: "e1", value: "jane@example.org", primary: true, lastSeen: true,
    standings: [standing({ channel: "EMAIL", purpose: "MARKETING" }), standing({ topic: "LIST", list: "newsletter", listStatus: "SUBSCRIBED" })],
  }),
  identifier({ key: "e2", value: "old@example.org", deliverable: false, deliverabilityReason: "HARD_BOUNCE", standings: [standing({ channel: "EMAIL", purpose: "MARKETING", state: "WITHDRAWN" })] }),
  identifier({ key: "p1", kind: "PHONE", value: "+31612345678", channels: ["SMS", "PHONE"], primary: true }),
  identifier({ key: "c1", kind: "CUSTOMER", channels: ["POST", "IN_APP"], standings: [standing({ topic: "TERM", term: "conditions", termVersion: 1 })] }),
];

export const ENTRY: Entry = {
  id: "con_1", seq: 3, topic: "CHANNEL", channel: "EMAIL", purpose: "MARKETING", list: null, term: "conditions", termVersion: 1, textHash: "h1", state: "GRANTED", basis: "EXPLICIT", optInLevel: "SINGLE",
  locale: "en", collectedAt: "2026-03-12T09:00:00Z", recordedAt: "2026-03-12T09:00:02Z", source: "PARTNER", appliedAs: "CURRENT", identifier: "jane@example.org", identifierKind: "EMAIL", reason: null,
  redacted: false, hash: "0123456789abcdef0123456789abcdef", actor: { kind: "API_KEY", name: "Web shop" },
  evidence: { ip: "192.0.2.7", userAgent: null, formUrl: "https://shop.example/newsletter", fileId: null, note: "Ticked the box" }, receipt: { id: "con_1", jws: '{"payload":"e30"}' },
};
