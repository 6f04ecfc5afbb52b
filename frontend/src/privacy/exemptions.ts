import { useMemo } from "react";
import { CONSENT_TARGETS } from "../customers/consent-chips.ts";
import { type Field, useFields, useReadable } from "../customers/fields.ts";
import { type Chip, chipText, type Target, targetsOf } from "../customers/filters.ts";
import { chipsOf } from "../customers/where-chips.ts";
import type { Json } from "../graphql.ts";
import { useCan } from "../ui/session.tsx";

// Of what says who somebody is, an exemption may ask only whether it is there: for one person there are holds.
const NAMING = new Set(["givenName", "familyName", "referenceId", "emails.address", "phones.number"]);

interface Exemptions {
  /** What an exemption can ask about; undefined until the fields are known. */
  targets: readonly Target[] | undefined;
  /** Null when it says more than chips can. */
  chips: (except: Json) => Chip[] | null;
  text: (except: Json) => string;
}

/** Reads and draws conditions of who stays, as the filters of the customer list do. */
export function useExemptions(): Exemptions {
  const { fields: all } = useFields();
  const fields = useReadable(all);
  const consents = useCan()("consent.read");
  return useMemo(() => {
    const targets = fields && exemptionTargets(fields, consents);
    const chips = (except: Json) => chipsOf(except, targets ?? []);
    const text = (except: Json) => {
      const found = chips(except);
      if (!targets) return "";
      return found ? found.map((chip) => exemptionText(chip, targets)).join(" and ") : "A condition made by a program";
    };
    return { targets, chips, text };
  }, [fields, consents]);
}

/** What an exemption can ask about. */
export function exemptionTargets(fields: readonly Field[], consents: boolean): Target[] {
  const targets = targetsOf(fields).map((target) => (NAMING.has(target.path) ? { ...target, operators: target.operators.filter((one) => one === "isSet") } : target));
  return [...targets.filter(({ operators }) => operators.length > 0), ...(consents ? CONSENT_TARGETS : [])];
}

function exemptionText(chip: Chip, targets: readonly Target[]): string {
  const target = targets.find(({ path }) => path === chip[0]);
  return target ? `${target.label}: ${chipText(chip, target)}` : "";
}
