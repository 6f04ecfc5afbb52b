import { NativeSelect, SimpleGrid, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { errorAt, errorsElsewhere } from "../ui/errors.ts";
import { toast, toastError } from "../ui/toast.tsx";
import { ThingDialog } from "./dialog.tsx";
import { NAMED, NamedFields } from "./named-fields.tsx";
import { ListCreate, type ListRow, ListUpdate, PurposesQuery } from "./queries.ts";
import { type Channel, CHANNELS, slugOf } from "./words.ts";

const OPTIONS = Object.entries(CHANNELS).map(([value, label]) => ({ value, label }));
const DOUBLE = "Whoever subscribes gets a message with a link, and is on the list once it was opened.";

/** A new list, or what one is called and how people get on it. */
export function ListDialog({ list, onClose }: { list: ListRow | undefined; onClose: () => void }) {
  const [value, setValue] = useState({ name: list?.name ?? "", key: list?.key ?? "", about: list?.about ?? "" });
  const [channel, setChannel] = useState<Channel>(list?.channel ?? "EMAIL");
  const [purpose, setPurpose] = useState(list?.purpose.key ?? "MARKETING");
  const [doubleOptIn, setDoubleOptIn] = useState(list?.doubleOptIn ?? true);
  const [{ data: known }] = useQuery({ query: PurposesQuery, pause: list !== undefined });
  const [created, create] = useMutation(ListCreate);
  const [updated, update] = useMutation(ListUpdate);
  const busy = created.fetching || updated.fetching;
  const errors = busy ? [] : created.data?.listCreate.errors ?? updated.data?.listUpdate.errors ?? [];
  const purposes = (known?.purposes ?? []).filter((one) => !one.archivedAt).map(({ key, name }) => ({ value: key, label: name }));
  const save = async () => {
    const { name, about } = value;
    const answer = list ? await update({ key: list.key, input: { name, about, doubleOptIn } }) : await create({ input: { ...value, channel, purpose, doubleOptIn } });
    if (answer.error) toastError(answer.error);
    const payload = answer.data && ("listUpdate" in answer.data ? answer.data.listUpdate : answer.data.listCreate);
    if (!payload?.applied) return;
    toast(list ? `${name} saved` : `List ${name} added`);
    onClose();
  };
  return (
    <ThingDialog kind="list" thing={list} title={list?.name ?? "New list"} submit={list ? "Save" : "Add list"} busy={busy}
      errors={errorsElsewhere(errors, [...NAMED, "purpose"])} onSubmit={save} onClose={onClose}>
      <NamedFields value={value} onChange={setValue} errors={errors} example="Weekly newsletter" {...(!list && { keyOf: slugOf })} />
      {list ? (
        <Text fz="sm" c="dimmed">{CHANNELS[list.channel]}, for {list.purpose.name.toLowerCase()}. Channel and purpose stay: they are what people agreed to.</Text>
      ) : (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <NativeSelect label="Channel" size="sm" value={channel} data={OPTIONS} onChange={(event) => setChannel(event.currentTarget.value as Channel)} />
          <NativeSelect label="Purpose" size="sm" value={purpose} data={purposes} error={errorAt(errors, "purpose")} onChange={(event) => setPurpose(event.currentTarget.value)} />
        </SimpleGrid>
      )}
      <Switch label="Double opt-in" checked={doubleOptIn} onChange={(event) => setDoubleOptIn(event.currentTarget.checked)} description={DOUBLE} />
    </ThingDialog>
  );
}
