import { Alert, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMutation } from "urql";
import { graphql, type Json, type VariablesOf } from "../graphql.ts";
import { errorAt, errorsElsewhere, type UserError } from "../ui/errors.ts";
import { ButtonLink } from "../ui/links.tsx";
import { Page } from "../ui/page.tsx";
import { useCan } from "../ui/session.tsx";
import { ErrorState, FormErrors, NoPermission, TextSkeleton } from "../ui/states.tsx";
import { toast, toastError } from "../ui/toast.tsx";
import { type Field, FieldsQuery, isList, oneOf, useFields } from "./fields.ts";
import { NewItem } from "./new-item.tsx";
import { partsOf } from "./item-form.tsx";
import { ScalarEditor, valueFrom } from "./scalar-editor.tsx";
import { TagsEditor } from "./tags-editor.tsx";

export const CreateMutation = graphql(`
  mutation CustomerCreate($input: CustomerCreateInput!) {
    customerCreate(input: $input) {
      applied
      customer { id displayName }
      errors { code message path }
      warnings { code message path }
    }
  }
`);

type CreateInput = VariablesOf<typeof CreateMutation>["input"];

/** An item that is being filled in; `key` tells the rows apart. */
export interface Draft {
  key: number;
  values: Record<string, string>;
}

interface Drafts {
  scalars: Record<string, string>;
  tags: string[];
  lists: Record<string, Draft[]>;
}

const START: Drafts = { scalars: {}, tags: [], lists: { emails: [{ key: 0, values: {} }] } };

/** Adds one customer by a form drawn from the declared fields. */
export function NewCustomerPage() {
  const can = useCan();
  const navigate = useNavigate();
  const { fields, error } = useFields();
  const [, create] = useMutation(CreateMutation);
  const [drafts, setDrafts] = useState(START);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [busy, setBusy] = useState(false);
  const shown = (fields ?? []).filter((field) => field.editable && can(field.permission) && field.type !== "SOCIAL_ACCOUNTS" && field.name !== "lastSeenAt");
  const { input, places } = inputOf(drafts, shown);
  const operations = [{ document: CreateMutation, variables: { input } }, { title: "The fields", document: FieldsQuery }];
  if (!can("customer.write")) return <Page title="New customer" operations={operations}><NoPermission permission="customer.write" /></Page>;

  const submit = async () => {
    setBusy(true);
    const { data, error: failed } = await create({ input });
    setBusy(false);
    if (failed) return toastError(failed, "Nobody was added. What you typed is still here.");
    const answer = data?.customerCreate;
    setErrors(answer?.errors ?? []);
    if (!answer?.applied || !answer.customer) return;
    toast(`${answer.customer.displayName} added`);
    for (const warning of answer.warnings) toast(warning.message);
    await navigate({ to: "/customers/$id", params: { id: answer.customer.id } });
  };
  const list = (field: Field) => drafts.lists[field.name] ?? [];
  const setList = (field: Field, items: Draft[]) => setDrafts({ ...drafts, lists: { ...drafts.lists, [field.name]: items } });
  const errorOf = (path: string) => errorAt(errors, path);
  const beside = shown.flatMap((field) => (isList(field)
    ? partsOf(field).flatMap((part) => list(field).map((_, index) => `${field.path}.${index}.${part.path}`))
    : [field.path]));
  return (
    <Page title="New customer" operations={operations}>
      {error && !fields && <ErrorState error={error} />}
      {!fields && !error && <TextSkeleton lines={10} />}
      {fields && (
        <form onSubmit={(event) => { event.preventDefault(); void submit(); }} style={{ maxWidth: 760 }} noValidate>
          <Stack gap="xl">
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg" verticalSpacing="md">
              {shown.filter((field) => !isList(field) && field.type !== "TAGS").map((field, index) => (
                <ScalarEditor key={field.name} field={field} label={field.label} focus={index === 0} value={drafts.scalars[field.name] ?? ""}
                  onChange={(value) => setDrafts({ ...drafts, scalars: { ...drafts.scalars, [field.name]: value } })} error={errorOf(field.path)} />
              ))}
            </SimpleGrid>
            {shown.filter(isList).map((field) => (
              <section key={field.name} aria-label={field.label}>
                <Text fw={600} mb="xs" mt="sm" component="h2">{field.label}</Text>
                <Stack gap="md">
                  {list(field).map((draft, index) => (
                    <NewItem key={draft.key} field={field} draft={draft} errorOf={(part) => errorOf(`${field.path}.${places[field.name]?.[index] ?? index}.${part}`)}
                      onChange={(values) => setList(field, list(field).map((one) => (one.key === draft.key ? { ...one, values } : one)))}
                      onRemove={() => setList(field, list(field).filter((one) => one.key !== draft.key))} />
                  ))}
                  <div>
                    <Button variant="subtle" color="gray" c="dimmed" size="compact-sm" ml={-8} leftSection={<IconPlus size={14} />} aria-label={`Add: ${oneOf(field)}`}
                      onClick={() => setList(field, [...list(field), { key: Math.max(0, ...list(field).map(({ key }) => key)) + 1, values: {} }])}>Add</Button>
                  </div>
                </Stack>
              </section>
            ))}
            {shown.filter(({ type }) => type === "TAGS").map((field) => (
              <TagsEditor key={field.name} label={field.label} value={drafts.tags} onChange={(tags) => setDrafts({ ...drafts, tags })}
                error={errors.find((one) => one.path?.[0] === field.path)?.message} />
            ))}
            <FormErrors errors={errorsElsewhere(errors, beside).filter((one) => one.path?.[0] !== "tags")} />
            {Object.keys(input).length === 0 && errors.length > 0 && <Alert>Fill in at least one field.</Alert>}
            <Group gap="sm">
              <Button type="submit" loading={busy} disabled={Object.keys(input).length === 0}>Add customer</Button>
              <ButtonLink variant="default" to="/customers">Cancel</ButtonLink>
            </Group>
          </Stack>
        </form>
      )}
    </Page>
  );
}

/** What is sent: what was filled in, and nothing else. `places` says where each row of the form stands in it. */
export function inputOf(drafts: Drafts, fields: readonly Field[]): { input: CreateInput; places: Record<string, (number | undefined)[]> } {
  const input: Record<string, Json> = {};
  const places: Record<string, (number | undefined)[]> = {};
  for (const field of fields) {
    if (field.type === "TAGS") {
      if (drafts.tags.length > 0) input[field.name] = drafts.tags;
    } else if (isList(field)) {
      const items: Json[] = [];
      places[field.name] = (drafts.lists[field.name] ?? []).map(({ values }) => {
        const filled = partsOf(field).filter((part) => (values[part.name] ?? "").trim() !== "");
        if (filled.length === 0) return undefined;
        items.push(Object.fromEntries(filled.map((part) => [part.name, valueFrom(part, values[part.name] ?? "")])));
        return items.length - 1;
      });
      if (items.length > 0) input[field.name] = items;
    } else {
      const value = valueFrom(field, drafts.scalars[field.name] ?? "");
      if (value !== null) input[field.name] = value;
    }
  }
  return { input: input as CreateInput, places };
}
