import type { Story } from "../ui/stories.ts";
import { FieldTable } from "./field-table.tsx";
import { GoesStays } from "./goes-stays.tsx";
import { Gone } from "./gone.tsx";
import { PrivacySection } from "./run-section.tsx";
import { DONE, PRIVACY, RUN } from "./sample.ts";

const quiet = () => undefined;
const told = (privacy: typeof PRIVACY) => ({ PrivacyRun: () => ({ run: { id: "run_1", privacy } }) });

export const stories: Story[] = [
  { name: "what erasing takes", render: () => <GoesStays act="ERASE" suppress />, shows: ["The whole profile, with everything that stands in it.", "This cannot be undone."] },
  { name: "fields of a plan", render: () => <FieldTable fields={PRIVACY.fields} customers={1204} act="ERASE" />, shows: ["Emails", "1,200"] },
  { name: "a plan that waits", render: () => <PrivacySection run={RUN} onApplied={quiet} />, answers: told(PRIVACY), shows: ["1,204 customers will be erased", "Left out: 3 on hold, 2 not there any more."] },
  { name: "a plan about nobody", render: () => <PrivacySection run={RUN} onApplied={quiet} />, answers: told({ ...PRIVACY, customers: 0 }), shows: ["Nobody would be erased"] },
  {
    name: "a result with remnants and other figures", render: () => <PrivacySection run={{ ...RUN, kind: "ANONYMIZE", phase: "APPLY", status: "SUCCEEDED" }} onApplied={quiet} />, answers: told(DONE),
    shows: ["1,204 customers anonymized", "2 places still hold something of them", "1 differ", "1 more collection was searched: nothing was found there"],
  },
  { name: "a customer who went", render: () => <Gone id="cus_1" />, answers: { CustomerGone: () => ({ customerGone: { act: "ERASE", at: "2026-03-12T12:00:00Z" } }) }, shows: ["This customer was erased on 12 Mar 2026"] },
  { name: "a customer who never was", render: () => <Gone id="cus_1" />, answers: { CustomerGone: () => ({ customerGone: null }) }, shows: ["There is no such customer"] },
];
