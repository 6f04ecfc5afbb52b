import { graphql, type ResultOf } from "../graphql.ts";

export const WebhooksQuery = graphql(`
  query Webhooks {
    webhooks { id url topics active failing lastDeliveryAt createdAt createdBy { id kind name } }
  }
`);

export type Webhook = ResultOf<typeof WebhooksQuery>["webhooks"][number];

export const DeliveriesQuery = graphql(`
  query WebhookDeliveries($webhookId: ID!, $status: WebhookDeliveryStatus, $first: Int!, $after: String) {
    webhookDeliveries(webhookId: $webhookId, status: $status, first: $first, after: $after) {
      nodes { id at topic status attempts nextAt lastStatus error }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type Delivery = ResultOf<typeof DeliveriesQuery>["webhookDeliveries"]["nodes"][number];

export const WebhookCreate = graphql(`
  mutation WebhookCreate($input: WebhookCreateInput!) {
    webhookCreate(input: $input) { webhook { id url } secret applied errors { code message path } }
  }
`);

export const WebhookUpdate = graphql(`
  mutation WebhookUpdate($id: ID!, $input: WebhookUpdateInput!) {
    webhookUpdate(id: $id, input: $input) { webhook { id url topics active failing } applied errors { code message path } }
  }
`);

export const WebhookTest = graphql(`
  mutation WebhookTest($id: ID!, $input: WebhookTestInput!) {
    webhookTest(id: $id, input: $input) { delivery { id status } applied errors { code message path } }
  }
`);
