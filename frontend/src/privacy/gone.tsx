import { IconUserOff } from "@tabler/icons-react";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { ButtonLink } from "../ui/links.tsx";
import { EmptyState, TextSkeleton } from "../ui/states.tsx";
import { plainDate } from "../ui/values.tsx";
import { ACTS } from "./words.ts";

export const GoneQuery = graphql(`query CustomerGone($id: ID!) { customerGone(id: $id) { act at } }`);

const THEN = {
  ANONYMIZE: "What stays of it is a nameless customer with another id, and nothing leads from here to there.",
  ERASE: "Nothing is kept that could be shown here.",
} as const;

/** Stands where a customer was, or never was. */
export function Gone({ id }: { id: string }) {
  const [{ data, fetching }] = useQuery({ query: GoneQuery, variables: { id } });
  if (fetching && !data) return <TextSkeleton lines={3} />;
  const gone = data?.customerGone;
  return (
    <EmptyState icon={<IconUserOff size={28} stroke={1.5} />} action={<ButtonLink variant="default" to="/customers">All customers</ButtonLink>}
      title={gone ? `This customer was ${ACTS[gone.act].done} on ${plainDate(gone.at)}` : "There is no such customer"}>
      {gone ? THEN[gone.act] : "The address may be cut, or it belongs to another installation."}
    </EmptyState>
  );
}
