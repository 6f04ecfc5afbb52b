import { useState } from "react";
import { useMutation } from "urql";
import { errorsElsewhere } from "../ui/errors.ts";
import { toast, toastError } from "../ui/toast.tsx";
import { ThingDialog } from "./dialog.tsx";
import { NAMED, NamedFields } from "./named-fields.tsx";
import { PurposeCreate, type PurposeRow, PurposeUpdate } from "./queries.ts";
import { purposeKeyOf } from "./words.ts";

/** A new purpose, or what one is called. */
export function PurposeDialog({ purpose, onClose }: { purpose: PurposeRow | undefined; onClose: () => void }) {
  const [value, setValue] = useState({ name: purpose?.name ?? "", key: purpose?.key ?? "", about: purpose?.about ?? "" });
  const [created, create] = useMutation(PurposeCreate);
  const [updated, update] = useMutation(PurposeUpdate);
  const busy = created.fetching || updated.fetching;
  const errors = busy ? [] : created.data?.purposeCreate.errors ?? updated.data?.purposeUpdate.errors ?? [];
  const save = async () => {
    const { name, about } = value;
    const answer = purpose ? await update({ key: purpose.key, input: { name, about } }) : await create({ input: value });
    if (answer.error) toastError(answer.error);
    const payload = answer.data && ("purposeUpdate" in answer.data ? answer.data.purposeUpdate : answer.data.purposeCreate);
    if (!payload?.applied) return;
    toast(purpose ? `${name} saved` : `Purpose ${name} added`);
    onClose();
  };
  return (
    <ThingDialog kind="purpose" thing={purpose} title={purpose?.name ?? "New purpose"} submit={purpose ? "Save" : "Add purpose"} busy={busy}
      errors={errorsElsewhere(errors, NAMED)} onSubmit={save} onClose={onClose}>
      <NamedFields value={value} onChange={setValue} errors={errors} example="Market research" {...(!purpose && { keyOf: purposeKeyOf })} />
    </ThingDialog>
  );
}
