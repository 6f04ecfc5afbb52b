import { Stack, Text } from "@mantine/core";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { isGoing, RunProgress, useRunProgress } from "../runs/progress.tsx";
import { TextLink } from "../ui/links.tsx";
import { ErrorState, TextSkeleton } from "../ui/states.tsx";
import { CopyFiles } from "./copy-files.tsx";

const CopyFilesQuery = graphql(`
  query CopyFiles($id: ID!) {
    run(id: $id) {
      id
      files { id size url }
    }
  }
`);

/** Follows the run that makes the copy of somebody of whom much is known, until its files are there. */
export function CopyRun({ id }: { id: string }) {
  const [{ data }, ask] = useQuery({ query: CopyFilesQuery, variables: { id } });
  const { run, error, again } = useRunProgress(id, () => ask({ requestPolicy: "network-only" }));
  const [file, page] = data?.run?.files ?? [];
  if (error && !run) return <ErrorState error={error} onRetry={again} />;
  if (!run) return <TextSkeleton lines={2} />;
  return (
    <Stack gap="md">
      {file && page ? <CopyFiles file={file} page={page} /> : <RunProgress run={run} />}
      {run.error && <Text fz="sm" c="var(--bad)" role="alert">{run.error.message}</Text>}
      {isGoing(run) && <Text fz="sm">Much is stored about this person. You can close this: you get a mail when the copy is ready, and find it <TextLink to="/runs/$id" params={{ id }} fz="sm">on the page of this run</TextLink>.</Text>}
    </Stack>
  );
}
