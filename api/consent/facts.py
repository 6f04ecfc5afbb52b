"""The words that customers repeat of where a subject stands, and how conditions ask for them.

    EMAIL/MARKETING/GRANTED   EMAIL/MARKETING/GRANTED/EXPLICIT   LIST/weekly/SUBSCRIBED   DO_NOT_SELL
    TERM/privacy/GRANTED      TERM/privacy/2/GRANTED

`known` holds the topics of which anything is known: where "EMAIL/MARKETING" is missing, the consent is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.consent.fold import Matter, Matters
from api.consent.model import REFUSALS, ConsentState, ListStatus, TopicKind
from api.core.mongo import Doc

DO_NOT_SELL = TopicKind.DO_NOT_SELL.value
_STATUS = {
    ConsentState.GRANTED: ListStatus.SUBSCRIBED,
    ConsentState.PENDING: ListStatus.PENDING,
    ConsentState.WITHDRAWN: ListStatus.UNSUBSCRIBED,
    ConsentState.DENIED: ListStatus.UNSUBSCRIBED,
    ConsentState.EXPIRED: ListStatus.UNSUBSCRIBED,
}


def of(matters: Matters, identifier: Mapping[str, Any]) -> Doc:
    """Return an identifier's facts: whether it is deliverable, the words, and what is known."""
    deliverable = is_deliverable(identifier)
    keys: list[str] = []
    for word, matter in sorted(matters.items()):
        keys += _words(word, matter, deliverable=deliverable)
    known = [word for word in sorted(matters) if not word.startswith((DO_NOT_SELL, "LIST/", "TERM/"))]
    return {"deliverable": deliverable, "keys": keys, "known": known}


def is_deliverable(identifier: Mapping[str, Any]) -> bool:
    """Tell whether anything arrives at an identifier, as far as is known."""
    return (identifier.get("deliverability") or {}).get("deliverable", True) is not False


def list_status(state: ConsentState, *, deliverable: bool) -> ListStatus | None:
    """Return where somebody of this state stands with a list; None for who never was on it."""
    if state is ConsentState.GRANTED and not deliverable:
        return ListStatus.CLEANED
    return _STATUS.get(state)


def _words(word: str, matter: Matter, *, deliverable: bool) -> list[str]:
    said = matter.current
    if said is None:
        return []
    if word == DO_NOT_SELL:
        return [DO_NOT_SELL] if said.state in REFUSALS else []
    if word.startswith("LIST/"):
        return [f"{word}/{list_status(said.state, deliverable=deliverable)}"]
    words = [f"{word}/{said.state}"]
    if word.startswith("TERM/"):
        return [*words, f"{word}/{said.version}/{said.state}"]
    return [*words, f"{word}/GRANTED/{said.basis}"] if said.state is ConsentState.GRANTED else words
