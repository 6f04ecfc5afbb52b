import { expect, test } from "vitest";
import { valueText } from "./value-text.ts";

test.each([
  [null, undefined],
  ["", undefined],
  ["Editor", "Editor"],
  ["1988-04-12", "12 Apr 1988"],
  [true, "yes"],
  [["newsletter", "vip"], "newsletter, vip"],
  [{ id: "a1", address: "A@example.org", normalized: "a@example.org", primary: true }, "A@example.org"],
  [{ id: "a1", number: "+31612345678", raw: "0612345678", valid: true, label: "work" }, "+31612345678 (work)"],
  [{ id: "a1", iban: "NL91 **** 4300", holder: "S. de Vries", primary: true }, "NL91 **** 4300 (S. de Vries)"],
  [{ id: "a1", street: "Oudegracht", house_number: "112-bis", postal_code: "3511 AW", city: "Utrecht", country_code: "NL" }, "Oudegracht 112-bis, 3511 AW Utrecht, NL"],
  [{ id: "a1", handle: "sanne", provider: "mastodon" }, "sanne (mastodon)"],
])("says %j in one line", (value, text) => {
  expect(valueText(value)).toBe(text);
});
