import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { toastError } from "../ui/toast.tsx";

export const RestoreMutation = graphql(`
  mutation CustomerRestore($ids: [ID!]!) {
    customerRestore(input: { ids: $ids }) {
      restored applied
      results { id ok errors { code message path } }
      errors { code message path }
    }
  }
`);

/** Takes customers out of the trash; answers whether it did, and says why not. */
export function useRestore(): (ids: string[]) => Promise<boolean> {
  const [, restore] = useMutation(RestoreMutation);
  return async (ids) => {
    const { data, error } = await restore({ ids }, { additionalTypenames: ["Customer"] });
    if (error) toastError(error, "Nobody was restored.");
    const problems = data ? [...data.customerRestore.errors, ...data.customerRestore.results.flatMap((one) => one.errors)] : [];
    if (problems.length > 0) toastError(problems, "Not everybody was restored.");
    return data?.customerRestore.applied ?? false;
  };
}
