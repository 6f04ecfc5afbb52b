"""What consents mean as conditions of a list: compiled to filters on what customers repeat of their identifiers.

`reachable` finds exactly those whom `reach.contactability` allows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known, Purpose
from api.consent import facts, wishes
from api.consent.model import ADDRESS_OF, REFUSALS, ConsentBasis, ConsentState, Topic, TopicKind
from api.consent.reach import SERVICE, WEAK
from api.core.context import Context
from api.core.errors import Invalid
from api.core.mongo import Doc
from api.customers import reading as customers


def reachable(known: Known, asked: Mapping[str, Any], purpose: Purpose | None = None) -> Doc:
    """Return the filter of whoever may be contacted now, or by the policy of another purpose; raises Invalid."""
    topic = wishes.topic_of(known, asked)
    purpose = purpose or known.purposes[str(topic.purpose)]
    word, kind = topic.word, ADDRESS_OF.get(topic.channel) if topic.channel else None
    bases = [one.value for one in ConsentBasis if purpose.allow_implicit or one not in WEAK]
    of = {"kind": kind.lower() if kind else "customer", "last": True, "deliverable": True}
    branches: list[Doc] = [
        {"standing": {"$elemMatch": {**of, "keys": {"$in": [f"{word}/GRANTED/{one}" for one in bases]}}}}
    ]
    if purpose.allow_unknown and kind:
        branches.append({"standing": {"$elemMatch": {**of, "known": {"$nin": [word]}}}})
    elif purpose.allow_unknown:
        branches.append({"$nor": [{"standing": {"$elemMatch": {"kind": of["kind"], "known": {"$in": [word]}}}}]})
    parts: list[Doc] = [{"$or": branches}]
    no = [] if kind else [f"{word}/{one.value}" for one in sorted(REFUSALS)]
    no += [] if purpose.key == SERVICE else [facts.DO_NOT_SELL]
    if no:
        parts.append({"standing.keys": {"$nin": no}})
    if topic.channel is ConsentChannel.POST:
        parts.append({"addresses": {"$exists": True}})
    return {"$and": parts} if asked.get("eq", True) else {"$nor": [{"$and": parts}]}


def consent(known: Known, asked: Mapping[str, Any]) -> Doc:
    """Return the filter of whose address stands in one of some states; raises Invalid."""
    topic = wishes.topic_of(known, asked)
    word, kind = topic.word, ADDRESS_OF.get(topic.channel) if topic.channel else None
    states = _some(asked["in"])
    branches: list[Doc] = []
    said = [f"{word}/{one}" for one in states if one != ConsentState.UNKNOWN]
    if said:
        branches.append({"standing.keys": {"$in": said}})
    if ConsentState.UNKNOWN in states and kind:
        branches.append({"standing": {"$elemMatch": {"kind": kind.lower(), "known": {"$nin": [word]}}}})
    elif ConsentState.UNKNOWN in states:
        branches.append({"$nor": [{"standing": {"$elemMatch": {"known": {"$in": [word]}}}}]})
    return branches[0] if len(branches) == 1 else {"$or": branches}


def on_list(known: Known, asked: Mapping[str, Any]) -> Doc:
    """Return the filter of who stands so with a list; raises Invalid (UNKNOWN_LIST)."""
    word = wishes.topic_of(known, {"list": asked["list"]}).word
    return {"standing.keys": {"$in": [f"{word}/{one}" for one in _some(asked["in"])]}}


def accepted(known: Known, asked: Mapping[str, Any], now: datetime) -> Doc:
    """Return the filter of who accepted a version of a term, or did not; raises Invalid (UNKNOWN_TERM)."""
    term = known.terms.get(asked["term"])
    if term is None:
        raise Invalid("There is no such term.", code="UNKNOWN_TERM", path=("term",))
    version = asked.get("version") or (term.versions[-1].number if not (at := term.version_at(now)) else at.number)
    key = f"{Topic(TopicKind.TERM, term=term.key).word}/{version}/GRANTED"
    return {"standing.keys": {"$in" if asked["accepted"] else "$nin": [key]}}


def do_not_sell(asked: Mapping[str, Any]) -> Doc:
    """Return the filter of who opted out of the selling of data, or did not."""
    return {"standing.keys": {"$in" if asked["eq"] else "$nin": [facts.DO_NOT_SELL]}}


def _some(values: Sequence[str]) -> Sequence[str]:
    if not values:
        raise Invalid("Choose at least one.", code="REQUIRED", path=("in",))
    return values


# --- joining the list ---


def _registered(compiled: Callable[[Known, Mapping[str, Any]], Doc]) -> Callable[[Context], Awaitable[Any]]:
    async def prepare(ctx: Context) -> Callable[[Mapping[str, Any]], Doc]:
        known = await agreements.known(ctx)
        return lambda asked: compiled(known, asked)

    return prepare


async def _term(ctx: Context) -> Callable[[Mapping[str, Any]], Doc]:
    known, now = await agreements.known(ctx), ctx.now()
    return lambda asked: accepted(known, asked, now)


customers.register_condition("consent", _registered(consent))
customers.register_condition("reachable", _registered(reachable))
customers.register_condition("list", _registered(on_list))
customers.register_condition("term", _term)
customers.register_condition("do_not_sell", _registered(lambda _known, asked: do_not_sell(asked)))
