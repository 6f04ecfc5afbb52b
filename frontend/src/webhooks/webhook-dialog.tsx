import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { FormErrors } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { type Webhook, WebhookCreate, WebhookUpdate } from "./queries.ts";
import { Secret } from "./secret.tsx";
import { hostOf, TOPICS } from "./words.tsx";

const KNOWN = Object.keys(TOPICS) as Webhook["topics"];

/** A new webhook, whose secret is shown once, or what an old one is told and where. */
export function WebhookDialog({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const [secret, setSecret] = useState<string>();
  return (
    // A click beside it must not lose the secret.
    <Modal opened onClose={onClose} size={560} closeOnClickOutside={secret === undefined} closeButtonProps={{ "aria-label": "Close" }}
      title={<Text fw={600}>{secret ? "Its signing secret" : webhook ? "Edit webhook" : "New webhook"}</Text>}>
      {secret ? <Secret secret={secret} onClose={onClose} /> : <WebhookForm webhook={webhook} onClose={onClose} onSecret={setSecret} />}
    </Modal>
  );
}

interface WebhookFormProps {
  webhook: Webhook | undefined;
  onClose: () => void;
  onSecret: (secret: string) => void;
}

function WebhookForm({ webhook, onClose, onSecret }: WebhookFormProps) {
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [topics, setTopics] = useState<Webhook["topics"]>(webhook?.topics ?? KNOWN);
  const [created, create] = useMutation(WebhookCreate);
  const [updated, update] = useMutation(WebhookUpdate);
  const busy = created.fetching || updated.fetching;
  const errors = busy ? [] : created.data?.webhookCreate.errors ?? updated.data?.webhookUpdate.errors ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = { url: url.trim(), topics };
    if (!webhook) {
      const { data, error } = await create({ input });
      if (error) toastError(error, "No webhook was added.");
      if (data?.webhookCreate.secret) onSecret(data.webhookCreate.secret);
      return;
    }
    const { data, error } = await update({ id: webhook.id, input });
    if (error) toastError(error, "Nothing was saved.");
    if (!data?.webhookUpdate.applied) return;
    toast(`${hostOf(input.url)} saved`);
    onClose();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <FormErrors errors={errorsElsewhere(errors, ["url", "topics"])} />
        <TextInput label="Address" description="Begins with https:// and is reachable from the internet." placeholder="https://" type="url" required withAsterisk={false} value={url}
          error={errorAt(errors, "url")} onChange={(event) => setUrl(event.currentTarget.value)} data-autofocus />
        <Checkbox.Group label="Told of" value={topics} onChange={(chosen) => setTopics(KNOWN.filter((topic) => chosen.includes(topic)))} error={errorAt(errors, "topics")}>
          <Stack gap="sm" mt="xs">
            {KNOWN.map((topic) => <Checkbox key={topic} value={topic} label={TOPICS[topic].label} description={TOPICS[topic].about} />)}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={busy} disabled={topics.length === 0}>{webhook ? "Save" : "Add webhook"}</Button>
        </Group>
      </Stack>
    </form>
  );
}
