"""Access in GraphQL: what may be asked and changed."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access import rules
from api.access.model import Permission as Needed
from api.access.types import ApiKey, Permission, Role, User, Viewer, forget_roles, known_roles
from api.core.context import ANYONE, SIGNED_IN
from api.core.graphql import Info, Payload, Repeatable, Written, mutation, query, sending


@strawberry.type
class Query:
    """What may be asked about access."""

    @query(needs=ANYONE, description="The admin or API key that asks; null for a stranger.")
    def viewer(self, info: Info) -> Viewer | None:
        """Return who asks."""
        return Viewer.of(info.context.caller)

    @query(needs=Needed.SETTINGS_USERS, description="Users, oldest first; `after` is the id of the last one seen.")
    async def users(self, info: Info, first: int | None = 50, after: str | None = None) -> list[User]:
        """Return a page of users."""
        return [User.of(one) for one in await rules.list_users(info.context, first, after)]

    @query(needs=Needed.SETTINGS_USERS, description="Every role, presets first.")
    async def roles(self, info: Info) -> list[Role]:
        """Return the roles."""
        return [Role.of(role) for role, _ in (await known_roles(info)).values()]

    @query(needs=Needed.SETTINGS_USERS, description="Everything that a role may allow.")
    def permissions(self, info: Info) -> list[Permission]:  # noqa: ARG002
        """Return the permissions."""
        return [Permission(name=one.value, about=one.about) for one in Needed]

    @query(needs=Needed.SETTINGS_KEYS, description="Every API key, newest first.")
    async def api_keys(self, info: Info) -> list[ApiKey]:
        """Return the keys without their secrets."""
        return [ApiKey.of(one) for one in await rules.list_keys(info.context)]


@strawberry.input
class SignInInput:
    """Who and with what."""

    email: str
    password: str


@strawberry.type
class SignInPayload(Payload):
    """Who is signed in now; the session is in a cookie."""

    viewer: Viewer | None = None


@strawberry.type
class SignOutPayload(Payload):
    """The session has ended."""


@strawberry.input
class PasswordChangeInput(Repeatable):
    """The present password and the next."""

    current: str
    new: str


@strawberry.type
class PasswordChangePayload(Written):
    """All other sessions have ended."""


@strawberry.input
class PasswordSetInput(Repeatable):
    """The token of the link and the new password."""

    token: str
    password: str


@strawberry.type
class PasswordSetPayload(Written):
    """The link is spent."""


@strawberry.input
class PasswordLinkSendInput(Repeatable):
    """Whose password is to be set."""

    email: str


@strawberry.type
class PasswordLinkSendPayload(Written):
    """The same whether or not there is such a user."""


@strawberry.input
class UserCreateInput(Repeatable):
    """Whom to invite."""

    name: str
    email: str
    role_ids: list[strawberry.ID]


@strawberry.type
class UserCreatePayload(Written):
    """The invited user; a link that sets the password is on its way."""

    user: User | None = None


@strawberry.input
class UserUpdateInput(Repeatable):
    """What changes; absent or null leaves alone."""

    name: str | None = None
    role_ids: list[strawberry.ID] | None = None
    active: bool | None = None


@strawberry.type
class UserUpdatePayload(Written):
    """The user as it is now."""

    user: User | None = None


@strawberry.input
class RoleCreateInput(Repeatable):
    """A new set of permissions."""

    name: str
    permissions: list[str]
    about: str | None = None


@strawberry.type
class RoleCreatePayload(Written):
    """The new role."""

    role: Role | None = None


@strawberry.input
class RoleUpdateInput(Repeatable):
    """What changes; absent or null leaves alone."""

    name: str | None = None
    about: str | None = None
    permissions: list[str] | None = None


@strawberry.type
class RoleUpdatePayload(Written):
    """The role as it is now."""

    role: Role | None = None


@strawberry.input
class RoleDeleteInput(Repeatable):
    """Nothing more to say."""


@strawberry.type
class RoleDeletePayload(Written):
    """The role is gone."""


@strawberry.input
class ApiKeyCreateInput(Repeatable):
    """What the key may do, and until when."""

    name: str
    role_ids: list[strawberry.ID]
    scopes: list[str] | None = strawberry.field(
        default=None, description="A part of what the roles allow; all of it when absent."
    )
    purposes: list[str] | None = strawberry.field(
        default=None, description="For what it may record that somebody agrees, at most 20; everything when absent."
    )
    expires_at: datetime | None = None


@strawberry.type(description="The secret is answered once, and never on a replay.")
class ApiKeyCreatePayload(Written):
    """The new key."""

    api_key: ApiKey | None = None
    secret: str | None = None


@strawberry.input
class ApiKeyRevokeInput(Repeatable):
    """Nothing more to say."""


@strawberry.type
class ApiKeyRevokePayload(Written):
    """The key as it is now."""

    api_key: ApiKey | None = None


@strawberry.type
class Mutation:
    """What may be changed in access."""

    @mutation(needs=ANYONE)
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:
        """Begin a session."""
        return SignInPayload(viewer=Viewer.of(await rules.sign_in(info.context, input.email, input.password)))

    @mutation(needs=ANYONE)
    async def sign_out(self, info: Info) -> SignOutPayload:
        """End the session."""
        await rules.sign_out(info.context)
        return SignOutPayload()

    @mutation(needs=SIGNED_IN)
    async def password_change(self, info: Info, input: PasswordChangeInput) -> PasswordChangePayload:
        """Change one's own password."""
        done = await rules.change_password(info.context, input.current, input.new, sending("passwordChange", input))
        return PasswordChangePayload(applied=done.applied, replayed=done.replayed)

    @mutation(needs=ANYONE)
    async def password_set(self, info: Info, input: PasswordSetInput) -> PasswordSetPayload:
        """Set the password that a link allows."""
        done = await rules.set_password(info.context, input.token, input.password, sending("passwordSet", input))
        return PasswordSetPayload(applied=done.applied, replayed=done.replayed)

    @mutation(needs=ANYONE)
    async def password_link_send(self, info: Info, input: PasswordLinkSendInput) -> PasswordLinkSendPayload:
        """Ask for a link that sets the password."""
        done = await rules.send_password_link(info.context, input.email, sending("passwordLinkSend", input))
        return PasswordLinkSendPayload(applied=done.applied, replayed=done.replayed)

    @mutation(needs=Needed.SETTINGS_USERS)
    async def user_create(self, info: Info, input: UserCreateInput) -> UserCreatePayload:
        """Invite somebody."""
        sent = sending("userCreate", input)
        user, done = await rules.create_user(info.context, input.name, input.email, list(input.role_ids), sent)
        forget_roles(info)
        return UserCreatePayload(user=User.of(user) if user else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Needed.SETTINGS_USERS)
    async def user_update(self, info: Info, id: strawberry.ID, input: UserUpdateInput) -> UserUpdatePayload:
        """Change somebody."""
        role_ids = None if input.role_ids is None else tuple(input.role_ids)
        change = rules.UserChange(input.name, role_ids, input.active)
        user, done = await rules.update_user(info.context, id, change, sending("userUpdate", input, id=id))
        forget_roles(info)
        return UserUpdatePayload(user=User.of(user) if user else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Needed.SETTINGS_ROLES)
    async def role_create(self, info: Info, input: RoleCreateInput) -> RoleCreatePayload:
        """Make a role."""
        sent = sending("roleCreate", input)
        role, done = await rules.create_role(info.context, input.name, input.about, input.permissions, sent)
        forget_roles(info)
        return RoleCreatePayload(
            role=Role.of(role) if role and done.applied else None, applied=done.applied, replayed=done.replayed
        )

    @mutation(needs=Needed.SETTINGS_ROLES)
    async def role_update(self, info: Info, id: strawberry.ID, input: RoleUpdateInput) -> RoleUpdatePayload:
        """Change a role."""
        sent = sending("roleUpdate", input, id=id)
        role, done = await rules.update_role(info.context, id, input.name, input.about, input.permissions, sent)
        forget_roles(info)
        return RoleUpdatePayload(role=Role.of(role) if role else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Needed.SETTINGS_ROLES)
    async def role_delete(self, info: Info, id: strawberry.ID, input: RoleDeleteInput) -> RoleDeletePayload:
        """Delete a role that nobody has."""
        done = await rules.delete_role(info.context, id, sending("roleDelete", input, id=id))
        return RoleDeletePayload(applied=done.applied, replayed=done.replayed)

    @mutation(needs=Needed.SETTINGS_KEYS)
    async def api_key_create(self, info: Info, input: ApiKeyCreateInput) -> ApiKeyCreatePayload:
        """Make a key."""
        wish = rules.NewKey(input.name, input.role_ids, input.scopes, input.purposes, input.expires_at)
        key, secret, done = await rules.create_key(info.context, wish, sending("apiKeyCreate", input))
        shown = ApiKey.of(key) if key else None
        return ApiKeyCreatePayload(api_key=shown, secret=secret, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Needed.SETTINGS_KEYS)
    async def api_key_revoke(self, info: Info, id: strawberry.ID, input: ApiKeyRevokeInput) -> ApiKeyRevokePayload:
        """End a key at once."""
        key, done = await rules.revoke_key(info.context, id, sending("apiKeyRevoke", input, id=id))
        shown = ApiKey.of(key) if key else None
        return ApiKeyRevokePayload(api_key=shown, applied=done.applied, replayed=done.replayed)
