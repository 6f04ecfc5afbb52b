import { Button, CloseButton, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { TextLink } from "../ui/links.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import type { Customer } from "./customer-query.ts";
import { focusNow } from "./editing.ts";
import styles from "./profile.module.css";
import { useSaving } from "./saving.tsx";

/** The tags, with add and remove where they stand. */
export function Tags({ customer, writes, most }: { customer: Customer; writes: boolean; most?: number }) {
  const { save } = useSaving();
  const [adding, setAdding] = useState(false);
  const shown = customer.tags.slice(0, most);
  const hidden = customer.tags.length - shown.length;
  const remove = (tag: string) => save({ tags: { remove: [tag] } }, customer.version, `Tag ${tag}`);
  return (
    <div className={styles.tags} role="group" aria-label="Tags">
      {shown.map((tag) => (
        <span key={tag} className={styles.tag}>
          <bdi className="cut">{tag}</bdi>
          {writes && <CloseButton size={18} iconSize={11} aria-label={`Remove the tag ${tag}`} onClick={() => void remove(tag)} />}
        </span>
      ))}
      {hidden > 0 && <TextLink to="/customers/$id" params={{ id: customer.id }} search={{ tab: "details" }} fz="xs" px="xs">+{hidden}</TextLink>}
      {!writes && customer.tags.length === 0 && <Text fz="sm" c="dimmed">No tags</Text>}
      {writes && (adding
        ? <AddTag customer={customer} onClose={() => setAdding(false)} />
        : <Button variant="subtle" color="gray" c="dimmed" size="compact-xs" fz={12} leftSection={<IconPlus size={12} />} onClick={() => setAdding(true)}>tag</Button>)}
    </div>
  );
}

function AddTag({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const { save } = useSaving();
  const [typed, setTyped] = useState("");
  useShortcut("Escape", "Leave the field", onClose);
  const [wrong, setWrong] = useState<string>();
  const submit = async () => {
    const words = typed.split(",").map((word) => word.trim()).filter((word) => word !== "");
    if (words.length === 0) return onClose();
    const { saved, errors } = await save({ tags: { add: words } }, customer.version, words.length === 1 ? `Tag ${words[0]}` : "Tags");
    setWrong(errors.map(({ message }) => message).join(" "));
    if (saved) setTyped("");
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <TextInput size="xs" w={160} ref={focusNow} aria-label="New tag" placeholder="New tag, Enter adds" value={typed} maxLength={200} error={wrong}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => typed.trim() === "" && onClose()} />
    </form>
  );
}
