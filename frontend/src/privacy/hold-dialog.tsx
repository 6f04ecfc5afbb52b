import { Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useMutation } from "urql";
import { Choices } from "../ui/choices.tsx";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { toast } from "../ui/toast.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { type CustomerPrivacy, HoldLiftMutation, HoldMutation } from "./queries.ts";
import { refusals } from "./refused.ts";
import { holdText, today } from "./words.ts";

interface HoldDialogProps {
  id: string;
  name: string;
  onClose: () => void;
}

const LENGTHS = [{ value: "open", label: "Until it is lifted" }, { value: "day", label: "Until a day" }] as const;

/** Keeps a customer from being anonymized and erased, as a law suit asks for. */
export function HoldDialog({ id, name, onClose }: HoldDialogProps) {
  const [reason, setReason] = useState("");
  const [length, setLength] = useState<(typeof LENGTHS)[number]["value"]>("open");
  const [day, setDay] = useState("");
  const [{ data, error, fetching }, put] = useMutation(HoldMutation);
  const errors = fetching ? [] : refusals(error, data?.customerHold);
  const submit = async () => {
    const { data: answer } = await put({ id, input: { reason: reason.trim(), until: length === "day" ? dayEnd(day) : null } }, { additionalTypenames: ["Customer"] });
    if (!answer?.customerHold.applied) return;
    toast("On hold");
    onClose();
  };
  return (
    <ActDialog title={<>Put <bdi>{name}</bdi> on hold?</>} confirm="Put on hold" busy={fetching} ready={reason.trim() !== "" && (length === "open" || day !== "")}
      errors={errorsElsewhere(errors, ["reason", "until"])} onSubmit={submit} onClose={onClose}>
      <Text fz="sm">While it is on hold, nobody can anonymize or erase this customer, and no retention policy does. Everything else goes on as usual.</Text>
      <Textarea label="Reason" required description="Shown on the profile, and in the copy that the person may ask for." rows={2} maxLength={500} data-autofocus
        value={reason} onChange={(event) => setReason(event.currentTarget.value)} error={errorAt(errors, "reason")} />
      <Stack gap="sm">
        <Choices label="How long" value={length} options={LENGTHS} onChange={setLength} />
        {length === "day" && (
          <TextInput type="date" label="Last day on hold" required w={200} min={today()} value={day} onChange={(event) => setDay(event.currentTarget.value)} error={errorAt(errors, "until")} />
        )}
        {length === "open" && errorAt(errors, "until") && <Text fz="xs" c="var(--bad)">{errorAt(errors, "until")}</Text>}
      </Stack>
    </ActDialog>
  );
}

/** Ends a hold before its time. */
export function HoldLiftDialog({ id, name, hold, onClose }: HoldDialogProps & { hold: NonNullable<CustomerPrivacy["hold"]> }) {
  const [reason, setReason] = useState("");
  const [{ data, error, fetching }, lift] = useMutation(HoldLiftMutation);
  const errors = fetching ? [] : refusals(error, data?.customerHoldLift);
  const submit = async () => {
    const { data: answer } = await lift({ id, input: { reason: reason.trim() } }, { additionalTypenames: ["Customer"] });
    if (!answer?.customerHoldLift.applied) return;
    toast("The hold is lifted");
    onClose();
  };
  return (
    <ActDialog title={<>Lift the hold on <bdi>{name}</bdi>?</>} confirm="Lift the hold" busy={fetching} ready={reason.trim() !== ""}
      errors={errorsElsewhere(errors, ["reason"])} onSubmit={submit} onClose={onClose}>
      <Text fz="sm">{holdText(hold)}, by {hold.by.name}{hold.reason ? <>: “<bdi>{hold.reason}</bdi>”</> : "."}</Text>
      <Text fz="sm">Afterwards the customer can be anonymized and erased again, also by a retention policy.</Text>
      <Textarea label="Reason" required rows={2} maxLength={500} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} error={errorAt(errors, "reason")} />
    </ActDialog>
  );
}

/** The end of a day where the reader is: the day itself is still part of the hold. */
export function dayEnd(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + 1).toISOString();
}
