import { Alert, Group, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { Identicon } from "../ui/identicon.tsx";
import { ButtonLink } from "../ui/links.tsx";

export const ByEmailQuery = graphql(`
  query CustomerByEmail($email: String!) {
    customerByKey(key: { email: $email }) { id displayName organization trashedAt }
  }
`);

const PAUSE_MS = 300;

/** Says while an email is typed that somebody has it, and leads there. It blocks nothing. */
export function DuplicateWarning({ email }: { email: string }) {
  const [asked] = useDebouncedValue(email.trim(), PAUSE_MS);
  const complete = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(asked);
  const [{ data }] = useQuery({ query: ByEmailQuery, variables: { email: asked }, pause: !complete });
  const found = complete && asked === email.trim() ? data?.customerByKey : undefined;
  if (!found) return null;
  return (
    <Alert color="yellow" variant="light" p="sm" mt="sm" role="status">
      <Group gap="sm" wrap="nowrap">
        <Identicon id={found.id} size={22} />
        <Text fz="sm" style={{ flex: 1, minWidth: 0 }}>
          {asked} is already on <b>{found.displayName}</b>{found.organization && `, ${found.organization}`}{found.trashedAt && " (in the trash)"}.
        </Text>
        <ButtonLink variant="default" to="/customers/$id" params={{ id: found.id }}>Open</ButtonLink>
      </Group>
    </Alert>
  );
}
