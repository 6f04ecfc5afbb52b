import { Code, Input, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { Choices } from "../ui/choices.tsx";
import { plainDate } from "../ui/values.tsx";
import type { Agreements, Term } from "./queries.ts";
import type { Topic } from "./topics.ts";
import { BASES, type Entry } from "./words.tsx";

/** What proves that somebody agreed. */
export interface Grant {
  note: string;
  basis: Entry["basis"];
  /** The local time in which they said it; empty is now. */
  at: string;
  /** The wording that they saw, where it is not the topic itself. */
  term: string;
  version?: number | undefined;
}

export const NOTHING_SAID: Grant = { note: "", basis: "EXPLICIT", at: "", term: "" };

const BY_HAND: readonly Entry["basis"][] = ["EXPLICIT", "IMPLICIT", "DOUBLE_OPT_IN"];
const WHEN = [{ value: "now", label: "Just now" }, { value: "earlier", label: "Earlier" }] as const;

interface GrantFieldsProps {
  topic: Topic;
  known: Agreements;
  grant: Grant;
  onChange: (grant: Grant) => void;
  focus: boolean;
}

/** Evidence, basis, when it was said, and the wording. */
export function GrantFields({ topic, known, grant, onChange, focus }: GrantFieldsProps) {
  const change = (next: Partial<Grant>) => onChange({ ...grant, ...next });
  const terms = known.terms.filter(({ archivedAt }) => archivedAt === null);
  const term = known.terms.find(({ key }) => key === (topic.kind === "term" ? topic.term : grant.term));
  return (
    <>
      <Textarea label="Evidence" description="What proves it: the call, the paper form and where it is kept, the mail." required withAsterisk={false} rows={3} resize="vertical" maxLength={2000}
        value={grant.note} onChange={(event) => change({ note: event.currentTarget.value })} {...(focus && { "data-autofocus": true })} />
      {topic.kind === "channel" && (
        <NativeSelect label="How they agreed" size="sm" value={grant.basis} onChange={(event) => change({ basis: BY_HAND.find((one) => one === event.currentTarget.value) ?? "EXPLICIT" })}
          data={BY_HAND.map((basis) => ({ value: basis, label: BASES[basis] }))} />
      )}
      <Input.Wrapper label="When they said it" labelElement="div">
        <Choices label="When they said it" value={grant.at === "" ? "now" : "earlier"} options={WHEN} onChange={(way) => change({ at: way === "now" ? "" : localNow() })} />
        {grant.at !== "" && (
          <TextInput mt="sm" type="datetime-local" aria-label="Day and time" value={grant.at} max={localNow()} onChange={(event) => change({ at: event.currentTarget.value || localNow() })} />
        )}
      </Input.Wrapper>
      {topic.kind !== "term" && topic.kind !== "doNotSell" && terms.length > 0 && (
        <NativeSelect label="Wording that they saw" size="sm" value={grant.term} onChange={(event) => change({ term: event.currentTarget.value, version: undefined })}
          data={[{ value: "", label: "None of ours" }, ...terms.map(({ key, name }) => ({ value: key, label: name }))]} />
      )}
      {term && <Wording term={term} version={grant.version} onVersion={(version) => change({ version })} />}
    </>
  );
}

function Wording({ term, version, onVersion }: { term: Term; version: number | undefined; onVersion: (version: number | undefined) => void }) {
  const newest = term.versions[0];
  const shown = term.versions.find((one) => one.version === version) ?? newest;
  return (
    <Stack gap="sm">
      <NativeSelect label={`Version of ${term.name}`} size="sm" value={version === undefined ? "" : String(version)} onChange={(event) => onVersion(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))}
        data={[{ value: "", label: "The one in force at that time" }, ...term.versions.map((one) => ({ value: String(one.version), label: `Version ${one.version}, from ${plainDate(one.effectiveFrom)}` }))]} />
      {shown?.texts[0] && <Code block mah={96} style={{ overflow: "auto", whiteSpace: "pre-wrap" }} tabIndex={0} role="region" aria-label="Wording">{shown.texts[0].text}</Code>}
    </Stack>
  );
}

/** Now, as a field for date and time writes it. */
function localNow(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
