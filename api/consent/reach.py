"""May this person be contacted, on this channel, for this purpose? Answered with the ordered reasons.

The first reason that denies decides. In order: erased, nobody there, in the trash, no address, opted out of the selling of data,
nothing arrives, not the newest address, what was said last, and where a list is asked for, where she stands with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known, Purpose
from api.consent import facts, fold, tokens, wishes
from api.consent.model import ADDRESS_OF, REFUSALS, ConsentBasis, ConsentState, IdentifierKind, Topic
from api.core.context import Context
from api.core.errors import Invalid, Problem, RegularsError
from api.core.mongo import Doc
from api.customers import rules as customers, subjects
from api.customers.derive import identifiers as identifiers_of

MAX_ASKED = 500
SERVICE = "SERVICE"
"""Who opted out of the selling of data still hears of what she ordered."""
WEAK = frozenset({ConsentBasis.IMPLICIT, ConsentBasis.IMPORTED})


class Code(StrEnum):
    """Why somebody may or may not be contacted."""

    SUPPRESSED = "SUPPRESSED"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"
    IN_TRASH = "IN_TRASH"
    NO_IDENTIFIER = "NO_IDENTIFIER"
    DO_NOT_SELL = "DO_NOT_SELL"
    UNDELIVERABLE = "UNDELIVERABLE"
    NOT_LAST_SEEN = "NOT_LAST_SEEN"
    WITHDRAWN = "WITHDRAWN"
    DENIED = "DENIED"
    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"
    UNKNOWN_ALLOWED = "UNKNOWN_ALLOWED"
    IMPLICIT_NOT_ALLOWED = "IMPLICIT_NOT_ALLOWED"
    GRANTED = "GRANTED"
    LIST_UNSUBSCRIBED = "LIST_UNSUBSCRIBED"
    LIST_PENDING = "LIST_PENDING"
    LIST_NOT_MEMBER = "LIST_NOT_MEMBER"
    LIST_SUBSCRIBED = "LIST_SUBSCRIBED"


ALLOWING = frozenset({Code.UNKNOWN_ALLOWED, Code.GRANTED, Code.LIST_SUBSCRIBED})
MESSAGES: dict[Code, str] = {
    Code.SUPPRESSED: "This belonged to somebody who was erased.",
    Code.UNKNOWN_PERSON: "Nobody here has this address.",
    Code.IN_TRASH: "The customer is in the trash.",
    Code.NO_IDENTIFIER: "The customer has no address for this channel.",
    Code.DO_NOT_SELL: "The person opted out of the selling of her data.",
    Code.UNDELIVERABLE: "Nothing arrives at this address.",
    Code.NOT_LAST_SEEN: "The person has a newer address of this kind, which is the one to use.",
    Code.WITHDRAWN: "The consent was withdrawn.",
    Code.DENIED: "The person said no.",
    Code.PENDING: "The consent is not confirmed yet.",
    Code.EXPIRED: "The consent has expired.",
    Code.UNKNOWN: "Nothing was ever said, and this purpose needs consent.",
    Code.UNKNOWN_ALLOWED: "Nothing was ever said, and this installation allows that for this purpose.",
    Code.IMPLICIT_NOT_ALLOWED: "The consent is implicit only, which is not enough for this purpose.",
    Code.GRANTED: "The person agreed.",
    Code.LIST_UNSUBSCRIBED: "The person left this list.",
    Code.LIST_PENDING: "The subscription is not confirmed yet.",
    Code.LIST_NOT_MEMBER: "The person is not on this list.",
    Code.LIST_SUBSCRIBED: "The person is on this list.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against, with the entry that says so."""

    code: Code
    entry: ObjectId | None = None
    at: datetime | None = None

    @property
    def allows(self) -> bool:
        """Whether it speaks for contacting."""
        return self.code in ALLOWING


@dataclass(slots=True)
class Reach:
    """The answer for one person."""

    reasons: list[Reason] = field(default_factory=list)
    identifier: str | None = None
    """The address to use, in clear."""
    unsubscribe_url: str | None = None
    errors: list[Problem] = field(default_factory=list)

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against."""
        return bool(self.reasons) and all(one.allows for one in self.reasons)


@dataclass(frozen=True, slots=True)
class Question:
    """On which channel, for what, and through which list."""

    channel: ConsentChannel
    purpose: Purpose
    topic: Topic
    list: Topic | None


def question(known: Known, channel: ConsentChannel, purpose: str, list_key: str | None) -> Question:
    """Read a question; raises Invalid (UNKNOWN_PURPOSE, UNKNOWN_LIST, CHANNEL_MISMATCH)."""
    topic = wishes.topic_of(known, {"channel": channel, "purpose": purpose})
    subscription = wishes.topic_of(known, {"list": list_key}) if list_key else None
    if subscription and subscription.channel is not channel:
        raise Invalid("This list is of another channel.", code="CHANNEL_MISMATCH", path=("list",))
    return Question(channel, known.purposes[purpose], topic, subscription)


async def contactability(
    ctx: Context, asked: Sequence[Mapping[str, Any]], channel: ConsentChannel, purpose: str, list_key: str | None
) -> list[Reach]:
    """Return for each identifier whether its person may be contacted; 4 commands, however many are asked for.

    Raises Invalid (REQUIRED, TOO_MANY_ITEMS and those of `question`); an identifier that cannot be read has its own errors.
    """
    if not 1 <= len(asked) <= MAX_ASKED:
        code = "TOO_MANY_ITEMS" if asked else "REQUIRED"
        raise Invalid(f"Between 1 and {MAX_ASKED} identifiers.", code=code, path=("identifiers",))
    what = question(await agreements.known(ctx), channel, purpose, list_key)
    answers = [Reach() for _ in asked]
    read: dict[int, tuple[IdentifierKind, str]] = {}
    for place, one in enumerate(asked):
        try:
            read[place] = wishes.identifier(ctx, one)
        except RegularsError as error:
            answers[place].errors.append(error.problem)
    names = {place: _name(ctx, *one) for place, one in read.items()}
    found = await subjects.load(ctx, sorted({one for one in names.values() if one}))
    people = await subjects.standings(ctx, sorted(_people(read, names, found)))
    wanted = {name for doc in people.values() for name in _of_interest(ctx, doc, what)} - found.keys()
    found |= await subjects.load(ctx, sorted(wanted)[:1_000])
    for place, who in read.items():
        _answer(ctx, what, who, names[place], found, people, answers[place])
    return answers


def _name(ctx: Context, kind: IdentifierKind, value: str) -> str | None:
    return None if kind is IdentifierKind.CUSTOMER else customers.identifier_id(ctx.keys, kind.value.lower(), value)


def _people(
    read: Mapping[int, tuple[IdentifierKind, str]], names: Mapping[int, str | None], found: Mapping[str, Doc]
) -> set[ObjectId]:
    people = {holder for doc in found.values() for holder in doc.get("holders", ())}
    return people | {ObjectId(value) for place, (_, value) in read.items() if names[place] is None}


def _of_interest(ctx: Context, doc: Doc, what: Question) -> Iterable[str]:
    kind = ADDRESS_OF.get(what.channel)
    if kind is None:
        yield subjects.own_id(ctx, doc["_id"])
        return
    newest = next((one for one in doc.get("standing") or () if one["kind"] == kind.lower() and one["last"]), None)
    if newest:
        yield newest["i"]


def _answer(
    ctx: Context,
    what: Question,
    asked: tuple[IdentifierKind, str],
    name: str | None,
    found: Mapping[str, Doc],
    people: Mapping[ObjectId, Doc],
    answer: Reach,
) -> None:
    kind, value = asked
    holders = [ObjectId(value)] if name is None else list(found.get(name, {}).get("holders", ()))
    persons = [people[one] for one in holders if one in people]
    if not persons:
        is_suppressed = name is not None and "suppressed" in found.get(name, {})
        answer.reasons.append(Reason(Code.SUPPRESSED if is_suppressed else Code.UNKNOWN_PERSON))
        return
    if all(one.get("trashed_at") for one in persons):
        answer.reasons.append(Reason(Code.IN_TRASH))
    address = ADDRESS_OF.get(what.channel)
    target = name if address is kind else next(iter(_of_interest(ctx, persons[0], what)), None)
    has_address = bool(persons[0].get("addresses")) if what.channel is ConsentChannel.POST else target is not None
    if not has_address:
        answer.reasons.append(Reason(Code.NO_IDENTIFIER))
        return
    rows = [row for one in persons for row in one.get("standing") or ()]
    if what.purpose.key != SERVICE and any(facts.DO_NOT_SELL in row["keys"] for row in rows):
        answer.reasons.append(Reason(Code.DO_NOT_SELL))
    if address and not any(row["i"] == target and row["last"] for row in rows):
        answer.reasons.append(Reason(Code.NOT_LAST_SEEN))
    identifier = found.get(target or "", {})
    if not facts.is_deliverable(identifier):
        answer.reasons.append(Reason(Code.UNDELIVERABLE, at=identifier["deliverability"].get("at")))
    _said(what, identifier, rows, answer)
    answer.identifier = _clear(ctx, persons[0], target)
    if address and target:
        answer.unsubscribe_url = tokens.unsubscribe_url(ctx, target, (what.list or what.topic).word)


def _said(what: Question, identifier: Doc, rows: Sequence[Doc], answer: Reach) -> None:
    matters = fold.read(identifier)
    current = matters.get(what.topic.word, fold.Matter()).current
    if ADDRESS_OF.get(what.channel) is None:
        # A number that several share may carry the person's no as well.
        said_no = next((one for one in REFUSALS for row in rows if f"{what.topic.word}/{one}" in row["keys"]), None)
        if said_no and (current is None or not current.refuses):
            answer.reasons.append(Reason(Code(said_no.value)))
    answer.reasons.append(_reason(_code(what.purpose, current), current))
    if what.list:
        listed = matters.get(what.list.word, fold.Matter()).current
        answer.reasons.append(_reason(_list_code(listed), listed))
    # What speaks against comes first, in its order.
    answer.reasons.sort(key=lambda one: one.allows)


def _reason(code: Code, said: fold.Said | None) -> Reason:
    return Reason(code, said.entry, said.at) if said else Reason(code)


def _code(purpose: Purpose, said: fold.Said | None) -> Code:
    if said is None:
        return Code.UNKNOWN_ALLOWED if purpose.allow_unknown else Code.UNKNOWN
    if said.state is ConsentState.GRANTED and said.basis in WEAK and not purpose.allow_implicit:
        return Code.IMPLICIT_NOT_ALLOWED
    return Code(said.state.value)


def _list_code(said: fold.Said | None) -> Code:
    if said is None:
        return Code.LIST_NOT_MEMBER
    if said.state is ConsentState.GRANTED:
        return Code.LIST_SUBSCRIBED
    return Code.LIST_PENDING if said.state is ConsentState.PENDING else Code.LIST_UNSUBSCRIBED


def _clear(ctx: Context, person: Doc, target: str | None) -> str | None:
    return next(
        (
            value
            for kind, value, _ in identifiers_of(person)
            if target and customers.identifier_id(ctx.keys, kind, value) == target
        ),
        None,
    )
