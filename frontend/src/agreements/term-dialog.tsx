import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMutation } from "urql";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { toast, toastError } from "../ui/toast.tsx";
import { ThingDialog } from "./dialog.tsx";
import { EffectiveFrom, momentOf } from "./effective-from.tsx";
import { NAMED, NamedFields } from "./named-fields.tsx";
import { type Term, TermCreate, TermUpdate } from "./queries.ts";
import { sentOf, wording, wordingPaths, Wordings } from "./wordings.tsx";
import { slugOf } from "./words.ts";

/** A new term with its first version; then its page opens. */
export function NewTermDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [value, setValue] = useState({ name: "", key: "", about: "" });
  const [texts, setTexts] = useState(() => [wording("en")] as readonly ReturnType<typeof wording>[]);
  const [from, setFrom] = useState("");
  const [{ data, fetching }, create] = useMutation(TermCreate);
  const errors = fetching ? [] : data?.termCreate.errors ?? [];
  const save = async () => {
    const answer = await create({ input: { ...value, texts: sentOf(texts), effectiveFrom: momentOf(from) } });
    if (answer.error) toastError(answer.error);
    if (!answer.data?.termCreate.applied) return;
    toast(`Term ${value.name} added`);
    onClose();
    await navigate({ to: "/settings/terms/$key", params: { key: value.key } });
  };
  return (
    <ThingDialog kind="term" title="New term" submit="Add term" busy={fetching} size={640} guarded={texts.some(({ text }) => text !== "")} onSubmit={save} onClose={onClose}
      errors={errorsElsewhere(errors, [...NAMED, "effective_from", ...wordingPaths(texts)])}>
      <NamedFields value={value} onChange={setValue} errors={errors} example="Newsletter sign-up" keyOf={slugOf} />
      <Wordings value={texts} onChange={setTexts} errors={errors} />
      <EffectiveFrom value={from} onChange={setFrom} error={errorAt(errors, "effective_from")} />
    </ThingDialog>
  );
}

/** What a term is called; its wording changes by new versions only. */
export function TermDialog({ term, onClose }: { term: Term; onClose: () => void }) {
  const [value, setValue] = useState({ name: term.name, key: term.key, about: term.about });
  const [{ data, fetching }, update] = useMutation(TermUpdate);
  const errors = fetching ? [] : data?.termUpdate.errors ?? [];
  const save = async () => {
    const answer = await update({ key: term.key, input: { name: value.name, about: value.about } });
    if (answer.error) toastError(answer.error);
    if (!answer.data?.termUpdate.applied) return;
    toast(`${value.name} saved`);
    onClose();
  };
  return (
    <ThingDialog kind="term" thing={term} title={term.name} submit="Save" busy={fetching} errors={errorsElsewhere(errors, NAMED)} onSubmit={save} onClose={onClose}>
      <NamedFields value={value} onChange={setValue} errors={errors} example="Newsletter sign-up" />
    </ThingDialog>
  );
}
