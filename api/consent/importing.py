"""How what a file says becomes entries: as an import, which refuses at once, grants by proof only, and lifts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.agreements.model import Known
from api.consent import wishes
from api.consent.desk import Desk
from api.consent.model import ConsentSource, ConsentState, Entry, IdentifierKind, Topic, TopicKind
from api.consent.wishes import Wish
from api.core import ids
from api.core.context import Context, Source
from api.core.errors import Problem, RegularsError
from api.customers import rules as customers

_NAMES = {
    IdentifierKind.EMAIL: "email",
    IdentifierKind.PHONE: "phone",
    IdentifierKind.PUSH: "push",
    IdentifierKind.WEB_PUSH: "web_push",
}


def importer(ctx: Context) -> Context:
    """Return the context in which consents of a file are recorded: who runs it has found the customers already."""
    caller = replace(ctx.caller, permissions=ctx.caller.permissions | {"customer.read"})
    return ctx.as_(caller, Source.IMPORT)


def topic_of(known: Known, word: str) -> Topic:
    """Read a topic's word; a list that is no longer known has neither channel nor purpose."""
    found = known.lists.get(word.removeprefix("LIST/")) if word.startswith("LIST/") else None
    return Topic.of(word, found.channel, found.purpose) if found else Topic.of(word)


def item(kind: IdentifierKind, value: str, word: str, state: ConsentState, **more: Any) -> dict[str, Any]:
    """Return one statement as `wishes.read` takes it; `value` of CUSTOMER is the id's hex digits."""
    topic = Topic.of(word)
    named = {"customer_id": ids.show(ids.CUSTOMER, ObjectId(value))} if kind is IdentifierKind.CUSTOMER else {}
    about: dict[str, Any] = {"list": topic.list, "term": topic.term, "do_not_sell": topic.kind is TopicKind.DO_NOT_SELL}
    if topic.kind is TopicKind.CHANNEL:
        about |= {"channel": topic.channel, "purpose": topic.purpose}
    source = ConsentSource.IMPORT.value
    return {
        "identifier": named or {_NAMES[kind]: value}, **about, "state": state.value, "source": source,
        "create_if_missing": False, **more,
    }  # fmt: skip


def wish(ctx: Context, known: Known, sent: Mapping[str, Any], now: datetime) -> Wish | Problem:
    """Read an item in an importer's context; what it is refused with is the answer."""
    try:
        return wishes.read(ctx, known, sent, now)
    except RegularsError as error:
        return error.problem


def take(desk: Desk, one: Wish) -> Entry | Problem | None:
    """Take a wish in; what it is refused with is the answer, None where nothing has to be kept."""
    try:
        entry = desk.take(one)
        return Entry.of(entry) if entry else None
    except RegularsError as error:
        return error.problem


def identifier_id(ctx: Context, kind: IdentifierKind, value: str) -> str:
    """Return the id of an identifier by its kind and normalized value."""
    return customers.identifier_id(ctx.keys, kind.value.lower(), value)
