import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { EffectiveFrom, momentOf } from "./effective-from.tsx";
import { type Term, TermVersionAdd } from "./queries.ts";
import { sentOf, wording, wordingPaths, Wordings } from "./wordings.tsx";

/** The next version of a term, begun from the wording of the newest. */
export function VersionDialog({ term, onClose, onAdded }: { term: Term; onClose: () => void; onAdded: (version: number) => void }) {
  const newest = term.versions[0];
  const next = (newest?.version ?? 0) + 1;
  const [texts, setTexts] = useState(() => (newest?.texts ?? []).map(({ locale, text }) => wording(locale, text)) as readonly ReturnType<typeof wording>[]);
  const [from, setFrom] = useState("");
  const [{ data, fetching }, add] = useMutation(TermVersionAdd);
  const errors = fetching ? [] : data?.termVersionAdd.errors ?? [];
  const same = texts.length === newest?.texts.length && newest.texts.every(({ locale, text }, place) => texts[place]?.locale === locale && texts[place]?.text === text);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await add({ key: term.key, input: { texts: sentOf(texts), effectiveFrom: momentOf(from) } });
    if (answer.error) toastError(answer.error);
    const added = answer.data?.termVersionAdd;
    if (!added?.applied) return;
    const version = added.term?.versions[0]?.version ?? next;
    toast(`Version ${version} of ${term.name} added`);
    onAdded(version);
    onClose();
  };
  return (
    <Modal opened onClose={onClose} size={640} closeOnClickOutside={same} closeOnEscape={same} title={<Text fw={600}>Version {next} of {term.name}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack gap="lg">
          <Text fz="sm" c="dimmed">A version is never edited afterwards. Whoever accepted an older one is still known to have accepted that wording.</Text>
          <FormErrors errors={errorsElsewhere(errors, ["effective_from", ...wordingPaths(texts)])} />
          <Wordings value={texts} onChange={setTexts} errors={errors} />
          <EffectiveFrom value={from} onChange={setFrom} error={errorAt(errors, "effective_from")} />
          <Group justify="flex-end" gap="sm">
            {same && <Text fz="xs" c="dimmed" mr="auto">Nothing differs from version {next - 1} yet.</Text>}
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={fetching} disabled={same}>Add version {next}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
