"""Double opt-in: a PENDING entry gets a token, the token comes back from the person's own mailbox, and the yes is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from api.agreements import rules as agreements
from api.consent import pending, recording, tokens, wishes, words
from api.consent.model import AppliedAs, ConsentBasis, ConsentSource, ConsentState, Entry, IdentifierKind, OptInLevel
from api.consent.recording import Recorded
from api.consent.unsubscribing import Asked, masked
from api.core import languages
from api.core.context import SYSTEM, Context
from api.core.errors import Conflict, Invalid, Problem
from api.core.idempotency import Once
from api.core.mongo import Doc, DuplicateKeyError
from api.customers import rules as customers, subjects
from api.mail import rules as mail

VALID = timedelta(days=7)


@dataclass(slots=True)
class Confirmed:
    """What came of a confirmation; it tells of no person."""

    applied: bool = False
    replayed: bool = False
    applied_as: AppliedAs | None = None
    errors: list[Problem] = field(default_factory=list)


def token_of(ctx: Context, entry: Entry) -> str | None:
    """Return what confirms an entry; None where it is not PENDING."""
    if entry.body["state"] != ConsentState.PENDING:
        return None
    return tokens.confirm_token(ctx, entry.id, entry.recorded_at + VALID)


async def confirm(ctx: Context, token: str, once: Once) -> Confirmed:
    """Record the yes that a token asks for, whoever brings it; a second time nothing is recorded.

    Raises Invalid (TOKEN_INVALID, TOKEN_EXPIRED). Codes: CONSENT_BLOCKED, UNKNOWN_LIST and its kin for what is archived.
    """
    entry_id = tokens.read_confirm(ctx, token)
    asked = next(iter(await pending.load(ctx, entry_id)), None)
    chains = await subjects.of_chains(ctx, [asked.subject]) if asked else {}
    if asked is None or asked.subject not in chains:
        raise Invalid("There is nothing to confirm.", code="TOKEN_INVALID", path=("token",))
    item = {
        **_topic(asked), "identifier": {"stored": chains[asked.subject]["_id"]}, "confirms": asked.id,
        "state": ConsentState.GRANTED.value, "basis": ConsentBasis.DOUBLE_OPT_IN.value,
        "opt_in_level": OptInLevel.CONFIRMED.value, "source": ConsentSource.CONFIRM.value,
    }  # fmt: skip
    if once.key:
        # It is recorded by the system, under whose name keys of several callers meet.
        once = replace(once, key=f"{ctx.caller.kind}:{ctx.caller.id}:{once.key}")
    (found,) = await recording.record(ctx.as_(SYSTEM), [item], [once])
    return _answer(found)


def _answer(found: Recorded) -> Confirmed:
    if any(one.code == pending.ALREADY_CONFIRMED for one in found.errors):
        return Confirmed(applied_as=AppliedAs.NO_CHANGE)
    return Confirmed(found.applied, found.replayed, found.applied_as, found.errors)


def _topic(entry: Entry) -> dict[str, Any]:
    said = entry.body
    topic = entry.topic
    found: dict[str, Any] = {"term": said["term"], "term_version": said["term_version"], "locale": said["locale"]}
    if topic.list:
        return {**found, "list": topic.list}
    if topic.channel:
        return {**found, "channel": topic.channel.value, "purpose": topic.purpose}
    return found if topic.term else {**found, "do_not_sell": True}


async def look(ctx: Context, token: str) -> tuple[Asked, bool]:
    """Return what a token asks to confirm, and whether it was confirmed before; nothing is written.

    Raises Invalid (TOKEN_INVALID, TOKEN_EXPIRED), Conflict (CONSENT_BLOCKED).
    """
    entries = await pending.load(ctx, tokens.read_confirm(ctx, token))
    is_done = False
    try:
        pending.check(entries)
    except Conflict as error:
        if error.code != pending.ALREADY_CONFIRMED:
            raise
        is_done = True
    entry = entries[0]
    said = entry.personal or {}
    address = masked(IdentifierKind(said["kind"]), said["value"]) if said.get("value") else None
    # Whoever asked for the token may look too: the page says what was sent, and nothing of who is known by it.
    return Asked(entry.topic, address, entry.body["locale"]), is_done


# --- the mail ---


def check_sendable(ctx: Context, sent: Mapping[str, Any]) -> None:
    """Raise Invalid unless the mail that asks to confirm can be written for what is sent."""
    kind, address = wishes.identifier(ctx, sent["identifier"])
    if kind is not IdentifierKind.EMAIL or sent["state"] != ConsentState.PENDING:
        message = "A mail that asks to confirm is written for PENDING on an email address only."
        raise Invalid(message, path=("send_confirmation",))
    mail.draft(ctx, address, "", "")


async def send(ctx: Context, found: Recorded) -> None:
    """Write the mail that asks to confirm a PENDING entry; called again for the same entry, there is still one mail."""
    entry = found.entry
    token = token_of(ctx, entry) if entry else None
    if entry is None or token is None or entry.personal is None:
        return
    owner = (await subjects.of_chains(ctx, [entry.subject])).get(entry.subject, {})
    if "suppressed" in owner:
        # She was erased since it was recorded, a moment ago.
        return
    said = languages.spoken(words.LANGUAGES, entry.body["locale"], await _locale(ctx, owner))
    name = words.name_of(said, await agreements.known(ctx), entry.topic)
    text = said.mail_text.format(name=name, link=f"{ctx.settings.url}/confirm/{token}", days=VALID.days)
    draft = mail.draft(ctx, entry.personal["value"], said.mail_subject.format(name=name), text)
    # Named like its entry: whoever repeats a request that broke off gets the mail, and nobody gets two.
    draft["_id"] = entry.id
    try:
        await mail.put(ctx, draft)
    except DuplicateKeyError:
        return
    await mail.ring(ctx, draft)


async def _locale(ctx: Context, owner: Doc) -> str | None:
    found = await customers.current(ctx, list(owner.get("holders", ()))[:1])
    return next((doc.get("locale") for doc in found.values()), None)
