// A declaration for tests and stories, of the shape that customerFields answers.
import type { Field, FieldType, Part } from "./fields.ts";

type Given = Partial<Field> & { name: string; type: FieldType };

const PERSONAL = "customer.pii.read";
const TEXT = ["eq", "neq", "in", "nin", "startsWith", "isSet"];
const MOMENT = ["lt", "lte", "gt", "gte", "withinDays", "olderThanDays", "isSet"];

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function part(name: string, label: string, rest: Partial<Part> = {}): Part {
  return { name, path: snake(name), label, about: label, type: "TEXT", permission: PERSONAL, editable: true, maxLength: 200, options: [], operators: TEXT, sort: null, ...rest } as Part;
}

function field({ name, ...rest }: Given): Field {
  const label = name.charAt(0).toUpperCase() + snake(name).replaceAll("_", " ").slice(1);
  return { name, path: snake(name), label, about: label, permission: PERSONAL, editable: true, maxLength: null, options: [], operators: [], sort: null, items: [], ...rest };
}

const PRIMARY = part("primary", "Primary", { type: "BOOLEAN", operators: ["eq"] });

export const SAMPLE_FIELDS: Field[] = [
  field({ name: "kind", type: "ENUM", permission: "customer.read", editable: false, options: ["ANONYMOUS", "KNOWN"], operators: ["eq", "neq", "in", "nin", "isSet"] }),
  field({ name: "givenName", type: "TEXT", operators: [...TEXT, "hasWord"], sort: "NAME" }),
  field({ name: "jobTitle", type: "TEXT", operators: [...TEXT, "hasWord"] }),
  field({ name: "dateOfBirth", type: "DATE", operators: ["eq", "lt", "lte", "gt", "gte", "isSet"] }),
  field({ name: "gender", type: "ENUM", options: ["FEMALE", "MALE"], operators: ["eq", "neq", "in", "nin", "isSet"] }),
  field({ name: "emails", type: "EMAILS", operators: ["any", "isSet"], items: [part("address", "Address"), part("label", "Label"), PRIMARY] }),
  field({ name: "addresses", type: "ADDRESSES", operators: ["any", "isSet"], items: [part("city", "City"), part("countryCode", "Country"), PRIMARY] }),
  field({ name: "tags", type: "TAGS", permission: "customer.read", operators: ["hasAny", "hasAll", "hasNone", "isSet"] }),
  field({ name: "lastSeenAt", type: "DATETIME", permission: "customer.read", operators: MOMENT, sort: "LAST_SEEN", label: "Last seen" }),
  field({ name: "createdAt", type: "DATETIME", permission: "customer.read", editable: false, operators: MOMENT, sort: "CREATED", label: "Created" }),
];
