"""Reads what was sent into a `Wish`: whose, about what, saying what; every fault has its code and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from api.agreements.model import ConsentChannel, Known
from api.consent.model import (
    REFUSALS,
    ConsentBasis,
    ConsentSource,
    ConsentState,
    IdentifierKind,
    OptInLevel,
    Topic,
    TopicKind,
)
from api.core import ids
from api.core.context import ActorKind, Context, Source
from api.core.errors import Forbidden, Invalid
from api.customers import values

SKEW = timedelta(minutes=5)
SHARING = "SHARING"
"""The purpose of selling data: who takes an opt-out back needs a key that is bound to it."""
MAX_TEXT = {"ip": 45, "user_agent": 500, "form_url": 2_000, "file_id": 40, "note": 2_000}
MAX_REASON = 500
_LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_LEVELS = {ConsentBasis.EXPLICIT: OptInLevel.SINGLE, ConsentBasis.DOUBLE_OPT_IN: OptInLevel.CONFIRMED}


@dataclass(frozen=True, slots=True)
class Wish:
    """One consent as it was sent, read and checked; the ids of what may become of it are drawn."""

    kind: IdentifierKind
    value: str
    """Normalized; of CUSTOMER the id's hex digits; empty where only the identifier's id is known."""
    stored: str | None
    """The identifier's id, where a link named it."""
    topic: Topic
    state: ConsentState
    basis: ConsentBasis
    level: OptInLevel
    source: ConsentSource
    collected_at: datetime
    term: str | None
    """The wording that was shown, or the term itself."""
    term_version: int | None
    text_hash: str | None
    locale: str | None
    evidence: Mapping[str, str]
    reason: str | None
    create: bool
    confirms: ObjectId | None
    """The PENDING entry that this one confirms."""
    entry_id: ObjectId
    customer_id: ObjectId
    subject_id: ObjectId

    @property
    def refuses(self) -> bool:
        """Whether it says no; that is always allowed."""
        return self.state in REFUSALS

    @property
    def likeness(self) -> tuple[Any, ...]:
        """What two items of a batch have in common when they are the same."""
        return self.kind, self.stored or self.value, self.topic.word, self.state, self.collected_at


def read(ctx: Context, known: Known, item: Mapping[str, Any], now: datetime) -> Wish:
    """Read one item (snake_case names, enums as their values).

    Raises Invalid: INVALID_EMAIL, INVALID_PHONE, INVALID_IDENTIFIER, TOPIC_REQUIRED, UNKNOWN_PURPOSE, UNKNOWN_LIST,
    UNKNOWN_TERM, UNKNOWN_VERSION, CHANNEL_MISMATCH, COLLECTED_IN_FUTURE, PURPOSE_NOT_ALLOWED, INVALID_SOURCE,
    REASON_REQUIRED, EVIDENCE_REQUIRED, DOUBLE_OPT_IN_REQUIRED, TOO_LONG; NotFound for a customer's malformed id.
    """
    topic = _topic(known, item)
    stored = item["identifier"].get("stored")
    kind, value = (_stored(stored), "") if stored else identifier(ctx, item["identifier"])
    if topic.address not in {None, kind}:
        message = f"Consent on {_channel(topic)} belongs to the address itself: send the {_wanted(topic)}."
        raise Invalid(message, code="CHANNEL_MISMATCH", path=("identifier",))
    state = ConsentState(item["state"])
    if state not in REFUSALS:
        _may_grant(ctx, known, topic, state)
    collected = item.get("collected_at") or now
    if collected > now + SKEW:
        message = "This lies in the future; check the clock that it comes from."
        raise Invalid(message, code="COLLECTED_IN_FUTURE", path=("collected_at",))
    # A clock that runs ahead within the skew must not make a later refusal look older.
    collected = min(collected, now)
    source = _source(ctx, item)
    evidence = _evidence(item.get("evidence") or {})
    reason = _text(item.get("reason"), MAX_REASON, "reason")
    _explained(ctx, state, reason, evidence)
    basis = ConsentBasis(item.get("basis") or ConsentBasis.EXPLICIT)
    _confirmed(known, topic, state, basis, source)
    term, version, text_hash = _wording(known, item, collected)
    return Wish(
        kind=kind,
        value=value,
        stored=stored,
        topic=topic,
        state=state,
        basis=basis,
        level=OptInLevel(item.get("opt_in_level") or _LEVELS.get(basis, OptInLevel.UNKNOWN)),
        source=source,
        collected_at=collected,
        term=term,
        term_version=version,
        text_hash=text_hash,
        locale=_locale(item.get("locale")),
        evidence=evidence,
        reason=reason,
        create=item.get("create_if_missing", True) is not False,
        confirms=item.get("confirms"),
        entry_id=ids.new(),
        customer_id=ids.new(),
        subject_id=ids.new(),
    )


def identifier(ctx: Context, sent: Mapping[str, Any]) -> tuple[IdentifierKind, str]:
    """Read `{email | phone | push | web_push | reference_id | customer_id}` into its kind and normalized value.

    Raises Invalid; Forbidden for a customer's id without customer.read, which would tell who exists.
    """
    name, value = next(iter(sent.items()))
    where = ("identifier", name)
    try:
        if name == "customer_id":
            if not ctx.caller.may("customer.read"):
                raise Forbidden("This needs the permission customer.read.", extensions={"permission": "customer.read"})
            return IdentifierKind.CUSTOMER, str(ids.read(ids.CUSTOMER, value))
        if name == "email":
            return IdentifierKind.EMAIL, values.email(value)
        if name == "phone":
            found = values.phone(value, ctx.settings.default_region)
            if found is None:
                raise Invalid("This is no phone number that can be dialled.", code="INVALID_PHONE")  # noqa: TRY301
            return IdentifierKind.PHONE, found
        if name == "reference_id":
            reference = values.reference(value)
            if not reference:
                raise Invalid("A reference id has at least one character.", code="INVALID_IDENTIFIER")  # noqa: TRY301
            return IdentifierKind.REFERENCE_ID, reference
        return IdentifierKind(name.upper()), values.push_token(value)
    except Invalid as error:
        raise error.under(*where) from None


def _stored(identifier_id: str) -> IdentifierKind:
    return IdentifierKind(identifier_id.partition(":")[0].upper())


def topic_of(known: Known, item: Mapping[str, Any]) -> Topic:
    """Read what a question is about, as `read` does."""
    return _topic(known, item)


def _topic(known: Known, item: Mapping[str, Any]) -> Topic:
    channel, list_key = item.get("channel"), item.get("list")
    said = [bool(channel or item.get("purpose")), bool(list_key), bool(item.get("do_not_sell"))]
    if not any(said) and item.get("term"):
        said.append(True)
    if said.count(True) != 1:
        message = "Say one thing that this is about: channel and purpose, list, term, or doNotSell."
        raise Invalid(message, code="TOPIC_REQUIRED")
    if item.get("do_not_sell"):
        return Topic(TopicKind.DO_NOT_SELL)
    if list_key:
        found = known.lists.get(list_key)
        if found is None:
            raise Invalid("There is no such list.", code="UNKNOWN_LIST", path=("list",))
        return Topic(TopicKind.LIST, found.channel, found.purpose, list=list_key)
    if channel or item.get("purpose"):
        if not channel or not item.get("purpose"):
            message = "Channel and purpose belong together."
            raise Invalid(message, code="TOPIC_REQUIRED", path=("purpose" if channel else "channel",))
        if item["purpose"] not in known.purposes:
            raise Invalid("There is no such purpose.", code="UNKNOWN_PURPOSE", path=("purpose",))
        return Topic(TopicKind.CHANNEL, ConsentChannel(channel), item["purpose"])
    return Topic(TopicKind.TERM, term=item["term"])


def _may_grant(ctx: Context, known: Known, topic: Topic, state: ConsentState) -> None:
    purpose = SHARING if topic.kind is TopicKind.DO_NOT_SELL else topic.purpose
    bound = ctx.caller.purposes
    if bound is not None and purpose is not None and purpose not in bound and state is not ConsentState.EXPIRED:
        message = f"This key may not record consent for {purpose}; a withdrawal it may."
        raise Invalid(message, code="PURPOSE_NOT_ALLOWED", path=("purpose",))
    if topic.list and known.lists[topic.list].archived_at:
        raise Invalid("This list is archived.", code="UNKNOWN_LIST", path=("list",))
    if topic.purpose and known.purposes[topic.purpose].archived_at:
        raise Invalid("This purpose is archived.", code="UNKNOWN_PURPOSE", path=("purpose",))
    term = known.terms.get(topic.term or "")
    if term and term.archived_at:
        raise Invalid("This term is archived.", code="UNKNOWN_TERM", path=("term",))


def _source(ctx: Context, item: Mapping[str, Any]) -> ConsentSource:
    sent = item.get("source")
    if ctx.source is Source.IMPORT:
        # Whoever runs it: a file is not the person's own word, and never lifts a refusal.
        return ConsentSource.IMPORT
    if ctx.caller.kind is ActorKind.SYSTEM:
        return ConsentSource(item["source"])
    allowed = (
        {ConsentSource.ADMIN} if ctx.caller.kind is ActorKind.USER else {ConsentSource.PARTNER, ConsentSource.FORM}
    )
    default = ConsentSource.ADMIN if ctx.caller.kind is ActorKind.USER else ConsentSource.PARTNER
    source = ConsentSource(sent or default)
    if source not in allowed:
        names = " or ".join(sorted(allowed))
        raise Invalid(f"You can record this as {names} only.", code="INVALID_SOURCE", path=("source",))
    return source


def _explained(ctx: Context, state: ConsentState, reason: str | None, evidence: Mapping[str, str]) -> None:
    if ctx.caller.kind is not ActorKind.USER or ctx.source is Source.IMPORT:
        return
    if not reason:
        raise Invalid("Say why; it is kept with the entry.", code="REASON_REQUIRED", path=("reason",))
    if state not in REFUSALS and not evidence:
        message = "Say how the person's own word can be shown: a note, a form, a file."
        raise Invalid(message, code="EVIDENCE_REQUIRED", path=("evidence",))


def _confirmed(known: Known, topic: Topic, state: ConsentState, basis: ConsentBasis, source: ConsentSource) -> None:
    if not topic.list or not known.lists[topic.list].double_opt_in or state is not ConsentState.GRANTED:
        return
    if source in {ConsentSource.FORM, ConsentSource.PARTNER} and basis is not ConsentBasis.DOUBLE_OPT_IN:
        message = "This list asks for a confirmation: send PENDING, and the person's own click makes it GRANTED."
        raise Invalid(message, code="DOUBLE_OPT_IN_REQUIRED", path=("state",))


def _wording(known: Known, item: Mapping[str, Any], collected: datetime) -> tuple[str | None, int | None, str | None]:
    key, number = item.get("term"), item.get("term_version")
    if not key:
        if number is not None:
            raise Invalid("A version of which term?", code="UNKNOWN_TERM", path=("term",))
        return None, None, None
    term = known.terms.get(key)
    if term is None:
        raise Invalid("There is no such term.", code="UNKNOWN_TERM", path=("term",))
    version = term.version(number) if number is not None else term.version_at(collected)
    if version is None:
        message = "There is no such version of this term." if number is not None else "This term was not in force then."
        raise Invalid(message, code="UNKNOWN_VERSION", path=("term_version",))
    return key, version.number, version.hash_for(_locale(item.get("locale")))


def _evidence(sent: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _text(value, MAX_TEXT[name], f"evidence.{name}") for name, value in sent.items()}
    return {name: value for name, value in found.items() if value}


def _text(value: str | None, longest: int, name: str) -> str | None:
    if value is None or not value.strip():
        return None
    if len(value) > longest:
        raise Invalid(f"At most {longest} characters.", code="TOO_LONG", path=tuple(name.split(".")))
    return value.strip()


def _locale(value: str | None) -> str | None:
    if not value:
        return None
    if not _LOCALE.fullmatch(value):
        raise Invalid("A locale is a language tag such as nl or nl-NL.", path=("locale",))
    return value


def _channel(topic: Topic) -> str:
    return str(topic.channel).replace("_", "-").lower()


def _wanted(topic: Topic) -> str:
    names = {IdentifierKind.EMAIL: "email", IdentifierKind.PHONE: "phone", IdentifierKind.PUSH: "push token"}
    return names.get(topic.address, "web-push token") if topic.address else ""
