import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Choices } from "../ui/choices.tsx";
import type { UserError } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { GrantFields, type Grant, NOTHING_SAID } from "./grant-fields.tsx";
import { Outcome } from "./outcome.tsx";
import type { Agreements } from "./queries.ts";
import { type Ask, itemsOf, type Result, type Said, useRecord } from "./recording.ts";
import { identifierInput, standingOf, type Topic, topicName } from "./topics.ts";
import { type Identifier, KINDS } from "./words.tsx";

const WAYS = [{ value: "refuse", label: "They refuse" }, { value: "grant", label: "They agree" }] as const;

interface RecordDialogProps {
  ask: Ask;
  known: Agreements;
  onClose: () => void;
}

/** Records what a person said. A refusal asks for a reason only; an agreement for its proof as well. */
export function RecordDialog({ ask, known, onClose }: RecordDialogProps) {
  const { bothWays = false } = ask;
  const [grants, setGrants] = useState(ask.grants);
  const [keys, setKeys] = useState(ask.chosen);
  const [reason, setReason] = useState("");
  const [grant, setGrant] = useState<Grant>(NOTHING_SAID);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [results, setResults] = useState<{ of: Identifier; result: Result }[]>();
  const { send, busy } = useRecord();
  const chosen = ask.candidates.filter(({ key }) => keys.includes(key));
  const ready = reason.trim() !== "" && chosen.length > 0 && (!grants || grant.note.trim() !== "");
  const words = wordsOf(ask.topic, grants, known);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    setErrors([]);
    const pairs = chosen.flatMap((of) => {
      const input = identifierInput(of, ask.customerId);
      const item = input && itemsOf(ask.topic, [input], saidOf(ask.topic, of, grants, reason.trim(), grant));
      return item ? item.map((one) => ({ of, item: one })) : [];
    });
    const answered = await send(pairs.map(({ item }) => item));
    if (!answered) return;
    const wrong = answered.flatMap(({ index, errors: found }) => found.map((error) => ({ ...error, message: pairs.length > 1 ? `${pairs[index]?.of.value ?? ""}: ${error.message}` : error.message })));
    if (wrong.length > 0) return setErrors(wrong);
    if (answered.every(({ appliedAs }) => appliedAs === "CURRENT")) {
      toast(words.done);
      return onClose();
    }
    setResults(answered.flatMap((result) => { const of = pairs[result.index]?.of; return of ? [{ of, result }] : []; }));
  };

  return (
    <Modal opened onClose={onClose} size={520} title={<Text fw={600}>{words.title}</Text>} closeButtonProps={{ "aria-label": "Close" }} closeOnClickOutside={false}>
      {results ? <Outcome results={results} onClose={onClose} /> : (
        <form onSubmit={submit}>
          <Stack gap="lg">
            <FormErrors errors={errors} />
            {bothWays && <Choices label="What they say" value={grants ? "grant" : "refuse"} options={WAYS} onChange={(way) => setGrants(way === "grant")} />}
            <Candidates candidates={ask.candidates} keys={keys} onKeys={setKeys} />
            {grants && <GrantFields topic={ask.topic} known={known} grant={grant} onChange={setGrant} focus={!bothWays} />}
            <TextInput label="Reason" description={grants ? "Why you record it here: “asked for it on the phone”." : "What the person said, or why you turn it off."} maxLength={500} value={reason}
              onChange={(event) => setReason(event.currentTarget.value)} {...(!grants && { "data-autofocus": true })} required withAsterisk={false} />
            <Group justify="flex-end" gap="sm">
              <Text fz="xs" c="dimmed" mr="auto" visibleFrom="sm">Kept with your name.</Text>
              <Button variant="default" onClick={onClose}>Cancel</Button>
              <Button type="submit" loading={busy} disabled={!ready}>{words.button}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Candidates({ candidates, keys, onKeys }: { candidates: readonly Identifier[]; keys: readonly string[]; onKeys: (keys: string[]) => void }) {
  const [only] = candidates;
  if (candidates.length === 1 && only) return only.kind === "CUSTOMER" ? null : <Text fz="sm"><Text span inherit c="dimmed">{KINDS[only.kind]}</Text> <bdi dir="ltr">{only.value}</bdi></Text>;
  return (
    <Checkbox.Group label="For" value={[...keys]} onChange={onKeys}>
      <Stack gap="sm" mt="xs" mah={180} style={{ overflowY: "auto" }}>
        {candidates.map(({ key, value, kind, primary, lastSeen }) => (
          <Checkbox key={key} value={key} label={<bdi dir="ltr">{value ?? KINDS[kind]}</bdi>} {...((primary || lastSeen) && { description: [primary && "primary", lastSeen && "last seen"].filter(Boolean).join(", ") })} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

function saidOf(topic: Topic, of: Identifier, grants: boolean, reason: string, grant: Grant): Said {
  if (!grants) {
    const before = standingOf(of, topic)?.state;
    // Who never agreed has nothing to withdraw; a list and do-not-sell know one way out.
    const state = topic.kind === "channel" && before !== "GRANTED" && before !== "PENDING" && before !== "WITHDRAWN" ? "DENIED" : "WITHDRAWN";
    return { state, reason };
  }
  const wording = topic.kind === "term" ? { ...(grant.version !== undefined && { termVersion: grant.version }) } : grant.term ? { term: grant.term, ...(grant.version !== undefined && { termVersion: grant.version }) } : {};
  return { state: "GRANTED", reason, note: grant.note.trim(), basis: grant.basis, ...(grant.at && { collectedAt: new Date(grant.at).toISOString() }), ...wording };
}

function wordsOf(topic: Topic, grants: boolean, known: Agreements): { title: string; button: string; done: string } {
  const name = topicName(topic, known);
  switch (topic.kind) {
    case "channel": return grants
      ? { title: `${name}: they agree`, button: "Record the consent", done: `${name} is on` }
      : { title: `${name}: they refuse`, button: "Turn it off", done: `${name} is off` };
    case "list": return grants
      ? { title: `${name}: add`, button: "Add to the list", done: `${name}: added` }
      : { title: `${name}: take off`, button: "Take off the list", done: `${name}: taken off` };
    case "term": return grants
      ? { title: `${name}: they accept`, button: "Record the acceptance", done: `${name}: acceptance recorded` }
      : { title: `${name}: they no longer accept`, button: "Record it", done: `${name}: no longer accepted` };
    case "doNotSell": return grants
      ? { title: "Take back “do not sell”", button: "Take it back", done: "Selling and sharing is allowed again" }
      : { title: "Do not sell or share", button: "Opt the person out", done: "The person is opted out" };
  }
}
