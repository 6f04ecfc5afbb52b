import { graphql, type ResultOf, type VariablesOf } from "../graphql.ts";

export const ExportColumnsQuery = graphql(`
  query ExportColumns {
    exportColumns { path label about permission kind allowed }
  }
`);

export const ExportCountQuery = graphql(`
  mutation ExportCount($input: ExportStartInput!) {
    exportStart(input: $input) {
      count { count precision }
      errors { code message path }
    }
  }
`);

export const ExportStart = graphql(`
  mutation ExportStart($input: ExportStartInput!) {
    exportStart(input: $input) {
      run { id kind phase status title createdAt processed total }
      deduplicated applied
      errors { code message path }
    }
  }
`);

export type ExportColumn = ResultOf<typeof ExportColumnsQuery>["exportColumns"][number];
export type ExportInput = VariablesOf<typeof ExportStart>["input"];
