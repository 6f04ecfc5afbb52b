import { Button, Checkbox, Code, Group, Modal, MultiSelect, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation, useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { CodeBlock } from "../ui/code-block.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { Notice } from "../ui/notice.tsx";
import { FormErrors, TextSkeleton } from "../ui/states.tsx";
import { toastError } from "../ui/toast.tsx";
import { PurposesQuery, RolesQuery } from "./queries.ts";

const KeyCreate = graphql(`
  mutation ApiKeyCreate($input: ApiKeyCreateInput!) {
    apiKeyCreate(input: $input) { apiKey { id name } secret applied errors { code message path } }
  }
`);

/** The permission that purposes narrow. */
const RECORD = "consent.record";

const DAY_MS = 24 * 3600 * 1000;
const LASTING = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
  { value: "", label: "until it is revoked" },
];

/** A new key; its secret is shown once, with a request to try it. */
export function KeyDialog({ roleName, onClose }: { /** The role that is ticked from the start. */ roleName?: string; onClose: () => void }) {
  const [secret, setSecret] = useState<string>();
  return (
    // A click beside it must not lose the secret.
    <Modal opened onClose={onClose} size={560} closeOnClickOutside={secret === undefined} closeButtonProps={{ "aria-label": "Close" }}
      title={<Text fw={600}>{secret ? "Your new key" : "New API key"}</Text>}>
      {secret ? <Secret secret={secret} onClose={onClose} /> : <KeyForm roleName={roleName} onClose={onClose} onCreated={setSecret} />}
    </Modal>
  );
}

function KeyForm({ roleName, onClose, onCreated }: { roleName: string | undefined; onClose: () => void; onCreated: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [ticked, setRoleIds] = useState<string[]>();
  const [narrowed, setNarrowed] = useState(false);
  const [scopes, setScopes] = useState<string[]>([]);
  const [purposes, setPurposes] = useState<string[]>([]);
  const [days, setDays] = useState("90");
  const [{ data: known, error: unknown }] = useQuery({ query: RolesQuery });
  const roleIds = ticked ?? known?.roles.filter(({ name: one }) => one === roleName).map(({ id }) => id) ?? [];
  const [{ data, fetching }, create] = useMutation(KeyCreate);
  const errors = fetching ? [] : data?.apiKeyCreate.errors ?? [];
  const allowed = new Set(known?.roles.filter((role) => roleIds.includes(role.id)).flatMap((role) => role.permissions));
  const may = narrowed ? scopes.filter((scope) => allowed.has(scope)) : [...allowed];
  const records = may.includes(RECORD);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const expiresAt = days ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null;
    const input = { name, roleIds, expiresAt, ...(narrowed && { scopes: may }), ...(records && purposes.length > 0 && { purposes }) };
    const answer = await create({ input });
    if (answer.error) toastError(answer.error, "No key was made.");
    if (answer.data?.apiKeyCreate.secret) onCreated(answer.data.apiKeyCreate.secret);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <FormErrors errors={errorsElsewhere(errors, ["name", "role_ids"])} />
        <TextInput label="Name" description="What will use it: “Web shop”." required withAsterisk={false} value={name} error={errorAt(errors, "name")}
          onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <Checkbox.Group label="Roles" value={roleIds} onChange={setRoleIds} error={errorAt(errors, "role_ids")}>
          <Stack gap="sm" mt="xs">
            {unknown && <Text fz="sm" c="dimmed">The roles are shown to those who may manage users.</Text>}
            {!known && !unknown && <TextSkeleton lines={5} />}
            {known?.roles.map((role) => <Checkbox key={role.id} value={role.id} label={role.name} description={role.about} />)}
          </Stack>
        </Checkbox.Group>
        {allowed.size > 0 && <Checkbox label="Narrow it to some of what these roles may do" checked={narrowed} onChange={(event) => setNarrowed(event.currentTarget.checked)} />}
        {narrowed && (
          <Checkbox.Group label="Only" value={scopes} onChange={setScopes}>
            <Group gap="md" mt="xs">{[...allowed].map((scope) => <Checkbox key={scope} value={scope} label={scope} />)}</Group>
          </Checkbox.Group>
        )}
        {records && <Purposes value={purposes} onChange={setPurposes} error={errorAt(errors, "purposes")} />}
        <NativeSelect label="Works" size="sm" value={days} onChange={(event) => setDays(event.currentTarget.value)} data={LASTING.map((one) => (one.value ? { ...one, label: `for ${one.label}` } : one))} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={fetching} disabled={roleIds.length === 0 || (narrowed && scopes.length === 0)}>Create key</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** For what the key may record that somebody agrees. */
function Purposes({ value, onChange, error }: { value: string[]; onChange: (value: string[]) => void; error: string | undefined }) {
  const [{ data }] = useQuery({ query: PurposesQuery });
  const options = data?.purposes.filter((one) => !one.archivedAt).map((one) => ({ value: one.key, label: one.name }));
  return (
    <MultiSelect label="Purposes" description="For what it may record that somebody agrees. Refusals it may always record." placeholder={value.length > 0 ? "" : "All purposes"}
      data={options ?? []} value={value} onChange={onChange} error={error} maxValues={20} clearable hidePickedOptions />
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const curl = [
    `curl ${window.location.origin}/graphql \\`,
    `  -H 'Authorization: Bearer ${secret}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  --data-raw '{"query":"{ viewer { name permissions } }"}'`,
  ].join("\n");
  return (
    <Stack gap="lg">
      <Notice tone="warn">Copy it now: it is shown this once and kept only as a hash.</Notice>
      <Group gap="sm" wrap="nowrap">
        <Code block flex={1} p="md" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }} data-testid="secret">{secret}</Code>
        <CopyButton value={secret} />
      </Group>
      <div>
        <Group justify="space-between" mb="xs"><Text fz="sm" fw={500}>Try it</Text><CopyButton value={curl} /></Group>
        <CodeBlock text={curl} label="Try it" />
      </div>
      <Group justify="flex-end"><Button onClick={onClose}>I have copied it</Button></Group>
    </Stack>
  );
}
