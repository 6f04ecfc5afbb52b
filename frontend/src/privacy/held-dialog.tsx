import { Text } from "@mantine/core";
import { ActDialog } from "./act-dialog.tsx";
import { type Act, type CustomerPrivacy } from "./queries.ts";
import { ACTS, holdText } from "./words.ts";

interface HeldDialogProps {
  act: Act;
  name: string;
  hold: NonNullable<CustomerPrivacy["hold"]>;
  onClose: () => void;
}

/** Says why a held customer stays, until when, and who said so. */
export function HeldDialog({ act, name, hold, onClose }: HeldDialogProps) {
  const { verb, done } = ACTS[act];
  return (
    <ActDialog title={<><bdi>{name}</bdi> cannot be {done}</>} onClose={onClose}>
      <Text fz="sm">{holdText(hold)}, by {hold.by.name}{hold.reason ? <>: “<bdi>{hold.reason}</bdi>”</> : "."}</Text>
      <Text fz="sm" c="dimmed">{verb} is possible again when the hold is over or lifted.</Text>
    </ActDialog>
  );
}
