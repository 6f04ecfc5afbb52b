"""The link at the foot of a message: what it is about, told without telling whose it is, and the withdrawal of it."""

from __future__ import annotations

from dataclasses import dataclass

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel
from api.consent import recording, tokens
from api.consent.model import ConsentSource, ConsentState, IdentifierKind, Topic, TopicKind
from api.core.context import SYSTEM, Context
from api.core.errors import Invalid, Unavailable
from api.core.idempotency import Once
from api.customers import rules as customers, subjects
from api.customers.derive import identifiers

_SHOWN_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link is about: the topic, the address as far as whoever opens the link may see it, and her language."""

    topic: Topic
    address: str | None = None
    locale: str | None = None


async def look(ctx: Context, token: str) -> Asked:
    """Return what a token would withdraw; nothing is written. Raises Invalid (TOKEN_INVALID)."""
    identifier_id, topic = await _read(ctx, token)
    return await about(ctx, identifier_id, topic)


async def withdraw(ctx: Context, token: str) -> Asked:
    """Withdraw what a token names; each time is kept, and the second changes nothing.

    Raises Invalid (TOKEN_INVALID), Unavailable.
    """
    identifier_id, topic = await _read(ctx, token)
    said = {"list": topic.list} if topic.list else {"channel": topic.channel, "purpose": topic.purpose}
    item = {
        **said, "identifier": {"stored": identifier_id}, "state": ConsentState.WITHDRAWN.value,
        "source": ConsentSource.UNSUBSCRIBE.value,
    }  # fmt: skip
    (found,) = await recording.record(ctx.as_(SYSTEM), [item], [Once("unsubscribe")])
    if found.errors:
        # What a token names is there: lists and purposes are never deleted, and a refusal is never refused.
        raise Unavailable(found.errors[0].message)
    return await about(ctx, identifier_id, topic)


async def _read(ctx: Context, token: str) -> tuple[str, Topic]:
    identifier_id, word = tokens.read_unsubscribe(ctx, token)
    known = await agreements.known(ctx)
    head, _, key = word.partition("/")
    if head == TopicKind.LIST and key in known.lists:
        found = known.lists[key]
        return identifier_id, Topic.of(word, found.channel, found.purpose)
    if head in set(ConsentChannel) and key in known.purposes:
        return identifier_id, Topic.of(word)
    raise Invalid("There is nothing to unsubscribe from.", code="TOKEN_INVALID", path=("token",))


async def about(ctx: Context, identifier_id: str, topic: Topic) -> Asked:
    """Return what a page may say of an identifier: its masked address while somebody has it, and her language."""
    found = (await subjects.load(ctx, [identifier_id])).get(identifier_id, {})
    holders = list(found.get("holders", ()))
    # A number that several share is the same number with each of them, but it says nothing of a language.
    docs = await customers.current(ctx, holders[:1])
    for doc in docs.values():
        locale = doc.get("locale") if len(holders) == 1 else None
        for kind, value, _ in identifiers(doc):
            if customers.identifier_id(ctx.keys, kind, value) == identifier_id:
                return Asked(topic, masked(IdentifierKind(kind.upper()), value), locale)
        return Asked(topic, None, locale)
    return Asked(topic)


def masked(kind: IdentifierKind, value: str) -> str | None:
    """Return an address so that its owner knows it and nobody else learns it; None for devices and ids."""
    if kind is IdentifierKind.EMAIL:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{value[-_SHOWN_DIGITS:]}" if kind is IdentifierKind.PHONE else None
