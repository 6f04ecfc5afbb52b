"""Purposes, terms and lists in GraphQL: what may be asked and changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from api.access.model import Permission
from api.agreements import rules
from api.agreements.model import ConsentChannel
from api.agreements.types import Purpose, SubscriptionList, Term
from api.core.context import SIGNED_IN
from api.core.graphql import Info, Repeatable, Written, mutation, plain, query, sending


@strawberry.type
class Query:
    """What may be asked about what can be agreed to."""

    @query(needs=SIGNED_IN, description="Every purpose, archived ones too.")
    async def purposes(self, info: Info) -> list[Purpose]:
        """Return the purposes, those that are always there first."""
        return [Purpose.of(one) for one in (await rules.known(info.context)).purposes.values()]

    @query(needs=SIGNED_IN, description="Every term, by its key, archived ones too.")
    async def terms(self, info: Info) -> list[Term]:
        """Return the terms."""
        return [Term.of(one) for one in (await rules.known(info.context)).terms.values()]

    @query(needs=SIGNED_IN, description="One term; null when there is none.")
    async def term(self, info: Info, key: str) -> Term | None:
        """Return a term by its key."""
        found = (await rules.known(info.context)).terms.get(key)
        return Term.of(found) if found else None

    @query(needs=SIGNED_IN, description="Every subscription list, by its key, archived ones too.")
    async def lists(self, info: Info) -> list[SubscriptionList]:
        """Return the lists."""
        return [SubscriptionList.of(one) for one in (await rules.known(info.context)).lists.values()]


@strawberry.input
class PurposeCreateInput(Repeatable):
    """A new purpose; at first only explicit consent counts for it."""

    key: str = strawberry.field(description="1 to 40 capital letters, digits and underscores; never changes.")
    name: str
    about: str | None = None


@strawberry.input
class PurposeUpdateInput(Repeatable):
    """What changes; a null `about` clears it."""

    name: str | None = strawberry.UNSET
    about: str | None = strawberry.UNSET
    archived: bool | None = strawberry.UNSET


@strawberry.type
class PurposePayload(Written):
    """The purpose as it is now."""

    purpose: Purpose | None = None


@strawberry.input
class TermTextInput:
    """The wording in one language."""

    locale: str = strawberry.field(description="A language tag such as nl or nl-NL.")
    text: str = strawberry.field(description="At most 20,000 characters; kept exactly as it is sent.")


@strawberry.input
class TermCreateInput(Repeatable):
    """A new term with its first version."""

    key: str = strawberry.field(description="1 to 64 small letters, digits and hyphens; never changes.")
    name: str
    about: str | None = None
    texts: list[TermTextInput]
    effective_from: datetime | None = strawberry.field(default=None, description="Now, when absent.")


@strawberry.input
class TermUpdateInput(Repeatable):
    """What changes; a null `about` clears it."""

    name: str | None = strawberry.UNSET
    about: str | None = strawberry.UNSET
    archived: bool | None = strawberry.UNSET


@strawberry.input
class TermVersionAddInput(Repeatable):
    """The next version; it holds from no earlier than the one before it."""

    texts: list[TermTextInput]
    effective_from: datetime | None = strawberry.field(default=None, description="Now, when absent.")


@strawberry.type
class TermPayload(Written):
    """The term as it is now."""

    term: Term | None = None


@strawberry.input
class ListCreateInput(Repeatable):
    """A new list; its channel and purpose never change."""

    key: str = strawberry.field(description="1 to 64 small letters, digits and hyphens; never changes.")
    name: str
    about: str | None = None
    channel: ConsentChannel
    purpose: str = strawberry.field(description="The key of its purpose.")
    double_opt_in: bool = strawberry.field(default=False, description="Whoever subscribes has to confirm it first.")


@strawberry.input
class ListUpdateInput(Repeatable):
    """What changes; a null `about` clears it."""

    name: str | None = strawberry.UNSET
    about: str | None = strawberry.UNSET
    double_opt_in: bool | None = strawberry.UNSET
    archived: bool | None = strawberry.UNSET


@strawberry.type
class ListPayload(Written):
    """The list as it is now."""

    list: SubscriptionList | None = None


@strawberry.type
class Mutation:
    """What may be changed about what can be agreed to."""

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def purpose_create(self, info: Info, input: PurposeCreateInput) -> PurposePayload:
        """Add a purpose."""
        sent = sending("purposeCreate", input)
        made, done = await rules.create_purpose(info.context, input.key, input.name, input.about, sent)
        return PurposePayload(purpose=Purpose.of(made) if made else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def purpose_update(self, info: Info, key: str, input: PurposeUpdateInput) -> PurposePayload:
        """Change a purpose, or archive it: it cannot be granted any more, what was agreed to stands."""
        sent = sending("purposeUpdate", input, key=key)
        found, done = await rules.update_purpose(info.context, key, _change(input), sent)
        return PurposePayload(
            purpose=Purpose.of(found) if found else None, applied=done.applied, replayed=done.replayed
        )

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def term_create(self, info: Info, input: TermCreateInput) -> TermPayload:
        """Add a term with its first version."""
        made, done = await rules.create_term(
            info.context,
            input.key,
            input.name,
            input.about,
            _wordings(input.texts),
            input.effective_from,
            sending("termCreate", input),
        )
        return TermPayload(term=Term.of(made) if made else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def term_update(self, info: Info, key: str, input: TermUpdateInput) -> TermPayload:
        """Change a term, or archive it: it cannot be accepted any more, what was agreed to stands."""
        sent = sending("termUpdate", input, key=key)
        found, done = await rules.update_term(info.context, key, _change(input), sent)
        return TermPayload(term=Term.of(found) if found else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def term_version_add(self, info: Info, key: str, input: TermVersionAddInput) -> TermPayload:
        """Add a version to a term; older ones stay as they are."""
        sent, wordings = sending("termVersionAdd", input, key=key), _wordings(input.texts)
        found, done = await rules.add_version(info.context, key, wordings, input.effective_from, sent)
        return TermPayload(term=Term.of(found) if found else None, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def list_create(self, info: Info, input: ListCreateInput) -> ListPayload:
        """Add a subscription list."""
        made, done = await rules.create_list(
            info.context,
            input.key,
            input.name,
            input.about,
            input.channel,
            input.purpose,
            input.double_opt_in,
            sending("listCreate", input),
        )
        return ListPayload(
            list=SubscriptionList.of(made) if made else None, applied=done.applied, replayed=done.replayed
        )

    @mutation(needs=Permission.SETTINGS_CONSENT)
    async def list_update(self, info: Info, key: str, input: ListUpdateInput) -> ListPayload:
        """Change a list, or archive it: nobody can subscribe any more, who did stays."""
        sent = sending("listUpdate", input, key=key)
        found, done = await rules.update_list(info.context, key, _change(input), sent)
        return ListPayload(
            list=SubscriptionList.of(found) if found else None, applied=done.applied, replayed=done.replayed
        )


def _change(sent: Repeatable) -> Mapping[str, Any]:
    named = plain(sent)
    return {name: value for name, value in named.items() if name not in {"idempotency_key", "dry_run"}}


def _wordings(sent: list[TermTextInput]) -> list[tuple[str, str]]:
    return [(one.locale, one.text) for one in sent]
