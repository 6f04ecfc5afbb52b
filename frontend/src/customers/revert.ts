import { useCallback } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { toast, toastError } from "../ui/toast.tsx";

export const RevertMutation = graphql(`
  mutation CustomerRevert($id: ID!, $version: Int!, $paths: [String!]) {
    customerRevert(id: $id, input: { version: $version, paths: $paths }) {
      applied
      customer { id version }
      conflicts { path theirs by { name } at }
      errors { code message path }
    }
  }
`);

/** Takes a save back; says that it is done, or who changed it again since. */
export function useRevert(id: string): (version: number, done: string) => Promise<boolean> {
  const [, revert] = useMutation(RevertMutation);
  return useCallback(async (version: number, done: string) => {
    const { data, error } = await revert({ id, version, paths: null });
    const answer = data?.customerRevert;
    if (error) toastError(error, "It was not taken back.");
    else if (answer && answer.conflicts.length > 0) {
      const who = [...new Set(answer.conflicts.map(({ by }) => by?.name ?? "somebody"))].join(" and ");
      toastError(`It was changed again since, by ${who}. Change it by hand, or take that save back first.`);
    } else if (answer && answer.errors.length > 0) toastError(answer.errors, "It was not taken back.");
    else if (answer?.applied) toast(done);
    else toast("It is as it was before already");
    return answer?.applied ?? false;
  }, [id, revert]);
}
