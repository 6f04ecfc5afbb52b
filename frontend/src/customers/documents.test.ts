// @ts-expect-error The app has no types of Node: only this test reads a file.
import { readFileSync } from "node:fs";
import { buildSchema, print, validate } from "graphql";
import { expect, test } from "vitest";
import { chosenColumns, listDocument } from "./columns.tsx";
import { customerDocument } from "./customer-query.ts";
import { documentOf } from "./nothing.tsx";
import { SAMPLE_FIELDS } from "./sample-fields.ts";

const schema = buildSchema(String(readFileSync("../schema.graphql")));
// urql's documents are those of graphql-web, which graphql reads alike.
const wrong = (document: object) => validate(schema, document as never).map(({ message }) => message);

// These are made while the app runs, from the declared fields; gql.tada checks the others.
test("the queries made from the declaration are valid", () => {
  expect(wrong(listDocument(SAMPLE_FIELDS))).toEqual([]);
  expect(wrong(listDocument(chosenColumns(undefined, undefined) ?? []))).toEqual([]);
  expect(wrong(customerDocument(SAMPLE_FIELDS))).toEqual([]);
  expect(wrong(documentOf(["withoutSearch", "without0"]))).toEqual([]);
});

test("a list asks for what its columns show, and for nothing else", () => {
  expect(print(listDocument([{ name: "jobTitle", type: "TEXT" }]) as never)).toContain("id\n      displayName\n      jobTitle\n    }");
});
