import { Button, Group, Modal, NativeSelect, NumberInput, Radio, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { ConditionChips } from "../customers/chips.tsx";
import { type Chip, whereOf } from "../customers/filters.ts";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { FormErrors, TextSkeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useExemptions } from "./exemptions.ts";
import styles from "./privacy.module.css";
import { refusals } from "./refused.ts";
import { type Policy, PolicyCreate, type PolicyInput, PolicyUpdate } from "./retention-queries.ts";
import { AGE_OPTIONS, daysText, policyText } from "./words.ts";

interface PolicyDialogProps {
  /** Absent for a new one. */
  policy: Policy | undefined;
  onSaved: (id: string) => void;
  onClose: () => void;
}

type Draft = Pick<Policy, "name" | "kind" | "ageOf" | "days" | "act" | "noticeDays">;
const FIRST: Draft = { name: "", kind: null, ageOf: "LAST_SEEN", days: 730, act: "ANONYMIZE", noticeDays: 7 };
const SHOWN = ["name", "days", "noticeDays"];
const FORM = "retention-policy";

/** What a policy says; a new one is off. */
export function PolicyDialog({ policy, onSaved, onClose }: PolicyDialogProps) {
  const [draft, setDraft] = useState<Draft>(policy ?? FIRST);
  // Undefined while nobody touched it: what a program wrote is then left as it is.
  const [chips, setChips] = useState<Chip[]>();
  const { targets, chips: read } = useExemptions();
  const [created, create] = useMutation(PolicyCreate);
  const [updated, update] = useMutation(PolicyUpdate);
  const busy = created.fetching || updated.fetching;
  const errors = busy ? [] : policy ? refusals(updated.error, updated.data?.retentionPolicyUpdate) : refusals(created.error, created.data?.retentionPolicyCreate);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { name, kind, ageOf, days, act, noticeDays } = draft;
    const input: PolicyInput = { name, kind, ageOf, days, act, noticeDays, ...(chips && targets && { except: whereOf(chips, targets) }) };
    const context = { additionalTypenames: ["RetentionPolicy"] };
    const saved = policy
      ? (await update({ id: policy.id, input: { ...input, expectedVersion: policy.version } }, context)).data?.retentionPolicyUpdate
      : (await create({ input }, context)).data?.retentionPolicyCreate;
    if (!saved || saved.errors.length > 0) return;
    toast(policy ? `${name} saved` : `${name} added; it is off`);
    onClose();
    if (saved.policy) onSaved(saved.policy.id);
  };
  return (
    <Modal opened onClose={onClose} size={560} closeOnClickOutside={false} title={<Text fw={600}>{policy ? "Edit the policy" : "New retention policy"}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="lg">
        <FormErrors errors={errorsElsewhere(errors, SHOWN)} />
        <form id={FORM} onSubmit={submit}><PolicyFields draft={draft} onChange={change} errors={errors} /></form>
        <Stack gap="sm">
          <div>
            <Text fz="sm" fw={600}>Except</Text>
            <Text fz="xs" c="dimmed">Whoever meets all of this stays. To keep one person, put her on hold.</Text>
          </div>
          {targets ? <Exemption stored={policy?.except ? read(policy.except) : []} chips={chips} targets={targets} onChange={setChips} /> : <TextSkeleton lines={1} />}
        </Stack>
        <Text fz="sm" className={styles.says} aria-live="polite">{policyText(draft)}. {policy?.enabled ? "It is on: the next run is made with this." : "It is off until you switch it on."}</Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" form={FORM} loading={busy} disabled={draft.name.trim() === "" || draft.days < 1}>{policy ? "Save" : "Add policy"}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface ExemptionProps {
  /** Null when chips cannot say it. */
  stored: Chip[] | null;
  chips: Chip[] | undefined;
  targets: Parameters<typeof ConditionChips>[0]["targets"];
  onChange: (chips: Chip[]) => void;
}

function Exemption({ stored, chips, targets, onChange }: ExemptionProps) {
  if (!chips && stored === null) {
    return (
      <Group gap="sm">
        <Text fz="sm">A condition made by a program, which cannot be shown here. It stays as it is.</Text>
        <Button variant="default" onClick={() => onChange([])}>Replace it</Button>
      </Group>
    );
  }
  return <ConditionChips chips={chips ?? stored ?? []} targets={targets} onChange={onChange} />;
}

function PolicyFields({ draft, onChange, errors }: { draft: Draft; onChange: (part: Partial<Draft>) => void; errors: Parameters<typeof errorAt>[0] }) {
  return (
    <Stack gap="md">
      <TextInput label="Name" required maxLength={100} placeholder="Not seen for two years" data-autofocus value={draft.name} onChange={(event) => onChange({ name: event.currentTarget.value })} error={errorAt(errors, "name")} />
      <Radio.Group label="What it does" value={draft.act} onChange={(act) => onChange({ act: act as Draft["act"] })}>
        <Stack gap="sm" mt={4}>
          <Radio value="ANONYMIZE" label="Anonymize" description="A nameless customer stays; figures do not change." />
          <Radio value="ERASE" label="Erase" description="The profile goes, and its addresses may not come back." />
        </Stack>
      </Radio.Group>
      <NativeSelect label="Whom" value={draft.kind ?? ""} onChange={(event) => onChange({ kind: (event.currentTarget.value || null) as Draft["kind"] })}
        data={[{ value: "", label: "All customers" }, { value: "KNOWN", label: "Known customers" }, { value: "ANONYMOUS", label: "Anonymous customers" }]} />
      <Group gap="md" align="flex-start" wrap="wrap">
        <NumberInput label="Age in days" required w={150} min={1} max={36_500} allowDecimal={false} thousandSeparator="," value={draft.days} description={draft.days > 0 && draft.days % 365 === 0 ? daysText(draft.days) : " "}
          inputWrapperOrder={["label", "input", "description", "error"]} onChange={(days) => onChange({ days: typeof days === "number" ? days : 0 })} error={errorAt(errors, "days")} />
        <NativeSelect label="Counted since" flex="1 1 200px" value={draft.ageOf} data={Object.entries(AGE_OPTIONS).map(([value, label]) => ({ value, label }))}
          description={draft.ageOf === "LAST_SEEN" ? "Of those who were never seen: since they were created." : " "} inputWrapperOrder={["label", "input", "description", "error"]}
          onChange={(event) => onChange({ ageOf: event.currentTarget.value as Draft["ageOf"] })} />
      </Group>
      <NumberInput label="Days of notice" required w={150} min={0} max={90} allowDecimal={false} value={draft.noticeDays} error={errorAt(errors, "noticeDays")}
        description="Between switching it on and its first run." inputWrapperOrder={["label", "input", "description", "error"]} styles={{ description: { whiteSpace: "nowrap" } }}
        onChange={(noticeDays) => onChange({ noticeDays: typeof noticeDays === "number" ? noticeDays : 0 })} />
    </Stack>
  );
}
