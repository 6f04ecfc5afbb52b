import { Box, Code } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { Notice } from "../ui/notice.tsx";
import { usePolling } from "../ui/polling.ts";
import { RelativeTime } from "../ui/values.tsx";

const WorkersQuery = graphql(`query Workers { workers { connected lastSeenAt workers } }`);
const EVERY_MS = 15_000;

/** Says that nobody is there to do the work, since when, and how to start somebody. Draws nothing while a worker is connected. */
export function WorkersNotice() {
  const [{ data }, ask] = useQuery({ query: WorkersQuery });
  usePolling(() => ask({ requestPolicy: "network-only" }), EVERY_MS);
  if (!data || data.workers.connected) return null;
  return (
    <Box mb="lg">
      <Notice tone="warn" icon={<IconPlugConnectedX size={18} />} title="No worker is connected">
        {data.workers.lastSeenAt ? <>The last one was seen <RelativeTime at={data.workers.lastSeenAt} />. </> : "None has been seen yet. "}
        Runs wait, and nothing is lost. Start one with <Code>regulars worker</Code>, or everything with <Code>make run</Code>.
      </Notice>
    </Box>
  );
}
