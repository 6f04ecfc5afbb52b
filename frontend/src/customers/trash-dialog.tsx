import { Alert, List, Skeleton, Stack, Text } from "@mantine/core";
import { useEffect, useMemo } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { ConfirmDialog } from "../ui/confirm.tsx";
import { toast, toastError, toastUndo } from "../ui/toast.tsx";
import { plural } from "../ui/values.tsx";
import { useRestore } from "./restore.ts";

export const DeleteMutation = graphql(`
  mutation CustomerDelete($ids: [ID!]!, $dryRun: Boolean! = false) {
    customerDelete(input: { ids: $ids, dryRun: $dryRun }) {
      deleted applied
      results { index id ok errors { code message path } }
      errors { code message path }
    }
  }
`);

const SHOWN = 20;
const MOST = 100;

interface TrashDialogProps {
  /** Name by id. */
  customers: ReadonlyMap<string, string>;
  onClose: () => void;
  onDone: () => void;
}

/** Says what will happen to whom, by a dry run, before anything does. */
export function TrashDialog({ customers, onClose, onDone }: TrashDialogProps) {
  const ids = useMemo(() => [...customers.keys()], [customers]);
  const [trial, tryOut] = useMutation(DeleteMutation);
  const [, remove] = useMutation(DeleteMutation);
  const restore = useRestore();
  const many = ids.length > MOST;
  useEffect(() => {
    if (!many) void tryOut({ ids, dryRun: true });
  }, [ids, many, tryOut]);
  const plan = trial.data?.customerDelete;
  const skipped = plan?.results.filter((one) => !one.ok) ?? [];
  const count = plan?.deleted ?? ids.length;
  const act = async () => {
    const { data, error } = await remove({ ids, dryRun: false }, { additionalTypenames: ["Customer"] });
    if (error) {
      toastError(error, "No customer was moved.");
      return false;
    }
    const done = data?.customerDelete;
    if (!done?.applied) {
      toastError(done && done.errors.length > 0 ? done.errors : "They are in the trash already.", "No customer was moved.");
      return false;
    }
    onDone();
    const moved = done.results.filter((one) => one.ok).map((one) => one.id);
    toastUndo(`${plural(done.deleted, "customer")} moved to the trash`, async () => {
      if (await restore(moved)) toast(`${plural(moved.length, "customer")} restored`);
    });
    return true;
  };
  if (many) {
    return (
      <ConfirmDialog opened onClose={onClose} title={`${plural(ids.length, "customer")} are selected`} confirm="Close" onConfirm={async () => true}>
        At most {MOST} can be moved to the trash at once. Select fewer.
      </ConfirmDialog>
    );
  }
  return (
    <ConfirmDialog opened onClose={onClose} danger title={`Move ${plural(ids.length, "customer")} to the trash?`}
      confirm={`Move ${plural(count, "customer")} to the trash`} onConfirm={act}>
      <Stack gap="md">
        {trial.error && <Alert color="red" variant="light" p="sm">It could not be tried out: {trial.error.message}</Alert>}
        {!plan && !trial.error && <Skeleton height={14} width="60%" />}
        <List size="sm" spacing={2} withPadding={false}>
          {ids.slice(0, SHOWN).map((id) => <List.Item key={id}><bdi>{customers.get(id)}</bdi></List.Item>)}
        </List>
        {ids.length > SHOWN && <Text fz="sm" c="dimmed">and {plural(ids.length - SHOWN, "more", "more")}</Text>}
        {skipped.length > 0 && (
          <Alert color="yellow" variant="light" p="sm">
            {skipped.map((one) => <Text key={one.id} fz="sm">{customers.get(one.id)} stays: {one.errors.map(({ message }) => message).join(" ")}</Text>)}
          </Alert>
        )}
        <Text fz="sm">They leave all lists, and imports no longer change them. Nothing is lost: they can be restored from the trash, with their history.</Text>
      </Stack>
    </ConfirmDialog>
  );
}
