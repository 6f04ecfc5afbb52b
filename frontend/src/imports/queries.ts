// Requests that more than one part of the import uses; the others stand beside the part that uses them.
import { graphql } from "../graphql.ts";

export const ImportPreviewQuery = graphql(`
  query ImportPreview($fileId: ID!, $encoding: String, $delimiter: String) {
    importPreview(fileId: $fileId, encoding: $encoding, delimiter: $delimiter) {
      file { id name size complete expiresAt }
      encoding encodings delimiter preset rows
      columns { index header samples target rule proposed certain }
      errors { code message path }
    }
  }
`);

export const ImportTargetsQuery = graphql(`query ImportTargets { importTargets { path label about rules } }`);

export const ImportPlan = graphql(`
  mutation ImportPlan($input: ImportPlanInput!) {
    importPlan(input: $input) { run { id } applied errors { code message path } }
  }
`);

export const ImportDetailsQuery = graphql(`
  query ImportDetails($id: ID!) {
    run(id: $id) {
      id phase status
      createdBy { id kind name }
      import {
        file { id name size expiresAt }
        encoding delimiter preset keylessRows rowsRead applicable unmapped
        columns { index header target rule }
        problems { code message severity count }
        consents { basis note collectedAt mayGrant planned { outcome count } outcome { outcome count } }
        errorFile { id name size url expiresAt }
      }
    }
  }
`);
