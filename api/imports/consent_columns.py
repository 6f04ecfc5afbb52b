"""Columns of consents: which there are, which headers mean them, and how their cells are read.

A header that may mean the opposite ("unsubscribed", "opt out") is never proposed: its yes is a no.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from api.agreements.model import ConsentChannel, Known
from api.consent.model import ConsentState
from api.core.errors import Invalid
from api.imports import cells
from api.imports.model import ColumnRule, Target, words_of

CONSENT, LIST = "consent.", "list."
COLLECTED_AT = "consent.collected_at"
END_OF_DAY = timedelta(days=1) - timedelta(milliseconds=1)
_RULES = (ColumnRule.APPEND, ColumnRule.IGNORE)
_MARKETING = "MARKETING"
_STATES = {
    ConsentState.GRANTED: """yes y true 1 t x on ja j oui o si sí s wahr vrai verdadero granted subscribed opted_in opt_in optin
        active enabled accepted confirmed ingeschreven aangemeld angemeldet abonniert inscrit abonné suscrito""",
    ConsentState.DENIED: """no n false 0 f off nee nein non falsch faux falso denied declined disabled never not_subscribed
        non_subscribed""",
    ConsentState.WITHDRAWN: """withdrawn unsubscribed opted_out opt_out optout revoked uitgeschreven afgemeld abgemeldet
        désinscrit désabonné cancelado""",
    ConsentState.PENDING: "pending unconfirmed in_afwachting ausstehend en_attente pendiente",
}
_STATE_OF = {words_of(word): state for state, words in _STATES.items() for word in words.split()}
_CHANNEL_WORDS = {
    ConsentChannel.EMAIL: ("email", "e mail", "emails", "mail"),
    ConsentChannel.SMS: ("sms", "smses", "text"),
    ConsentChannel.PHONE: ("phone", "call", "calls", "telephone"),
    ConsentChannel.PUSH: ("push", "mobile push", "push messages"),
    ConsentChannel.WEB_PUSH: ("web push", "webpush"),
    ConsentChannel.POST: ("post", "postal", "direct mail"),
    ConsentChannel.IN_APP: ("in app", "inapp"),
}
_SURE = "{c} marketing consent|accepts {c} marketing|consent {c} marketing|{c} marketing|{c} marketing opt in"
_LIKELY = """{c} consent|{c} opt in|{c} optin|accepts {c}|receive {c}|{c} subscribed|{c} subscription|{c} agreement
|agreement {c}|agreements {c}|{c} permission|{c} allowed|{c} marketing status|{c} consent status"""
# Shopify's older export says "Accepts Marketing" and means email; the newsletter agreement is Synerise's.
_ALSO_SURE = ("accepts marketing", "newsletter agreement", "newsletter agreement enabled", "email newsletter")
_ALSO_LIKELY = (
    "newsletter", "newsletters", "opt in", "optin", "opted in", "subscribed", "is subscribed", "subscription",
    "subscription status", "consent", "marketing", "marketing consent", "gdpr consent", "marketing agreement",
    "receive newsletter", "nieuwsbrief", "nieuwsbrief ontvangen", "toestemming", "einwilligung", "werbeeinwilligung",
    "newsletter anmeldung", "consentement", "infolettre", "consentimiento", "boletin",
)  # fmt: skip
_DATES_SURE = ("consent collected at", "consent date", "consent collected", "date of consent", "consent given at")
_DATES_LIKELY = (
    "opt in date", "opt in time", "optin time", "optin date", "opted in at", "subscribed at", "subscription date",
    "subscribe date", "consent time", "confirm time", "email marketing consent updated at", "consented at",
    "datum toestemming", "signup date",
)  # fmt: skip
_REVERSED = re.compile(
    r"\b(un ?subscri|opt(ed)? ?out|do not|not|never|no (?=e?mail|sms|marketing|newsletter|call)|suppress|blocked"
    r"|uitgeschreven|afgemeld|abgemeldet|abmeld|bounce)"
)
_WORD = re.compile(r"(?P<when>[^:]*\d{4}[^:]*(?:T\d\d:\d\d\S*)?):\s*(?P<word>[^:]+)")


def targets(known: Known) -> dict[str, Target]:
    """Return where columns of consents may go: each channel for each purpose, each list, and when it was said."""
    found = []
    for channel in ConsentChannel:
        for purpose in known.purposes.values():
            if purpose.archived_at is None:
                name = channel.value.replace("_", "-").lower()
                label = f"Consent: {name}, {purpose.name}"
                about = f"Yes or no to {purpose.name} by {name}; a date may stand before it, as 2024-05-01: yes."
                found.append(Target(f"{CONSENT}{channel.value}.{purpose.key}", label, about, (), _RULES))
    for one in known.lists.values():
        if one.archived_at is None:
            about = f"Subscribed or unsubscribed; a list by {one.channel.value.replace('_', '-').lower()}."
            found.append(Target(f"{LIST}{one.key}", f"List: {one.name}", about, (), _RULES))
    about = "When the consents of the row were given; a date within a cell goes before it."
    found.append(Target(COLLECTED_AT, "Consent: date", about, (), _RULES))
    return {one.path: one for one in found}


def meaning(header: str, known: Known) -> tuple[str | None, bool] | None:
    """Return which column of consents a header means and whether that is certain; None when it means none.

    (None, False) is a header that says something of consents, and may say the opposite.
    """
    words = words_of(header)
    exact = {words_of(path): path for path in targets(known)}
    lists = {words_of(name): f"{LIST}{one.key}" for one in known.lists.values() for name in (one.name, one.key)}
    sure = exact | {word: path for word, path in lists.items() if path in exact.values()} | _phrases(known, sure=True)
    if words in sure:
        return sure[words], True
    if words in _DATES_SURE or words in _DATES_LIKELY:
        return COLLECTED_AT, words in _DATES_SURE
    if _REVERSED.search(words):
        return None, False
    likely = _phrases(known, sure=False)
    return (likely[words], False) if words in likely else None


def _phrases(known: Known, *, sure: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for purpose in known.purposes.values():
        if purpose.archived_at is not None:
            continue
        for channel, words in _CHANNEL_WORDS.items():
            path = f"{CONSENT}{channel.value}.{purpose.key}"
            is_main = purpose.key == _MARKETING
            forms = _SURE if sure else _LIKELY
            if sure:
                forms = forms.replace("marketing", words_of(purpose.key))
            for form in forms.replace("\n", "").split("|") if sure or is_main else ():
                found |= {form.format(c=word): path for word in words}
    email = f"{CONSENT}{ConsentChannel.EMAIL.value}.{_MARKETING}"
    return found | {word: email for word in (_ALSO_SURE if sure else _ALSO_LIKELY) if _has_main(known)}


def _has_main(known: Known) -> bool:
    return known.purposes[_MARKETING].archived_at is None


def word_of(target: str) -> str:
    """Return the topic's word of a target: "consent.EMAIL.MARKETING" is "EMAIL/MARKETING", "list.weekly" "LIST/weekly"."""
    if target.startswith(LIST):
        return f"LIST/{target.removeprefix(LIST)}"
    return target.removeprefix(CONSENT).replace(".", "/", 1)


def is_consent(target: str | None) -> bool:
    """Tell whether the cells of a target are consents."""
    return bool(target) and target != COLLECTED_AT and str(target).startswith((CONSENT, LIST))


def state(cell: str) -> tuple[ConsentState, tuple[datetime, bool] | None]:
    """Read yes or no in five languages, perhaps with its date before it; raises INVALID_CONSENT, INVALID_DATE."""
    dated = _WORD.fullmatch(cell.strip())
    word = dated["word"] if dated else cell
    found = _STATE_OF.get(words_of(word)) or _STATE_OF.get(words_of(word).replace(" ", ""))
    if found is None:
        message = "This is no yes and no no; write yes, no, subscribed, unsubscribed, withdrawn, denied or pending."
        raise Invalid(message, code="INVALID_CONSENT")
    return found, when(dated["when"]) if dated else None


def when(cell: str, form: str | None = None) -> tuple[datetime, bool]:
    """Read when something was said, and whether that is a whole day; raises INVALID_DATE, AMBIGUOUS_DATE."""
    return cells.moment(cell, form), ":" not in cell


def pick(moment: tuple[datetime, bool], now: datetime, *, refuses: bool) -> datetime:
    """Return the moment that counts: of a day its last one for a no, its first one for a yes, so that a doubt is a no."""
    at, is_day = moment
    return min(at + END_OF_DAY, now) if is_day and refuses else at
