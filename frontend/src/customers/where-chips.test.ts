import { expect, test } from "vitest";
import type { Json } from "../graphql.ts";
import { CONSENT_TARGETS } from "./consent-chips.ts";
import { type Chip, targetsOf, whereOf } from "./filters.ts";
import { SAMPLE_FIELDS } from "./sample-fields.ts";
import { chipsOf } from "./where-chips.ts";

const targets = [...targetsOf(SAMPLE_FIELDS), ...CONSENT_TARGETS];
const back = (chips: Chip[]) => chipsOf(JSON.parse(JSON.stringify(whereOf(chips, targets))), targets);

test("chips become a condition, and the condition the same chips", () => {
  const cases: Chip[][] = [
    [["tags", "hasAny", ["vip"]]],
    [["addresses.countryCode", "in", ["NL", "BE"]], ["kind", "eq", "KNOWN"]],
    [["createdAt", "lt", "2024-03-01"], ["lastSeenAt", "olderThanDays", 30]],
    [["emails", "isSet", false]],
    [["consent", "is", { channel: "EMAIL", purpose: "MARKETING", in: ["GRANTED"] }], ["tags", "hasNone", ["b2b"]]],
  ];
  for (const chips of cases) expect(back(chips)).toEqual(chips);
  expect(chipsOf(null, targets)).toEqual([]);
});

test("what chips cannot say is not read as chips", () => {
  const tags = { tags: { hasAny: ["vip"] } };
  const cases: Json[] = [{ OR: [tags] }, { NOT: tags }, { AND: [{ AND: [tags] }] }, { tags: { hasAny: ["a"], hasNone: ["b"] } }, { ...tags, kind: { eq: "KNOWN" } }, { shoeSize: { eq: 38 } }, "tags", [tags]];
  for (const where of cases) expect(chipsOf(where, targets)).toBeNull();
});
