import { graphql, type ResultOf } from "../graphql.ts";

export const UsersQuery = graphql(`
  query Users($after: String) {
    users(first: 100, after: $after) { id name email active createdAt lastSignInAt roles { id name } }
  }
`);

export const RolesQuery = graphql(`
  query Roles {
    roles { id name about preset permissions userCount }
    permissions { name about }
  }
`);

export const KeysQuery = graphql(`
  query ApiKeys {
    apiKeys { id name prefix scopes purposes createdAt expiresAt revokedAt lastUsedAt roles { id name } createdBy { id kind name } }
  }
`);

export const PurposesQuery = graphql(`
  query KeyPurposes {
    purposes { key name archivedAt }
  }
`);

export type UserRow = ResultOf<typeof UsersQuery>["users"][number];
export type RoleRow = ResultOf<typeof RolesQuery>["roles"][number];
export type PermissionRow = ResultOf<typeof RolesQuery>["permissions"][number];
export type KeyRow = ResultOf<typeof KeysQuery>["apiKeys"][number];
