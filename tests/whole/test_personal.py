"""Every collection and every stored field is told to the person whom it is about, or left out for a reason that is written down.

A new collection or field fails here: declare it in the `personal.py` of its room.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from api import indexes
from api.core.context import Context
from api.core.personal import Holding, Person
from api.customers import personal as customers
from api.privacy.composing import Composing
from api.privacy.model import dumped
from api.privacy.registry import COPIED, HOLDINGS
from tests.conftest import Clock
from tests.privacy.filled import filled

Doc = dict[str, Any]
DEPTH = 2
"""Down to which level each stored field is named, and further where a declaration goes further."""


@pytest.fixture
async def person(ctx: Context, stored: Any, data: Any, clock: Clock) -> Person:
    """A person whom every collection knows that can know one."""
    found = await customers.person(ctx, await filled(ctx, stored, data, clock))
    assert found
    return found


@pytest.mark.unit
def test_every_collection_is_declared() -> None:
    declared = {one.collection for one in HOLDINGS}
    assert sorted(indexes.declared().keys() - declared) == [], "declare them in the personal.py of their room"
    assert sorted(declared - indexes.declared().keys()) == []


@pytest.mark.unit
def test_every_collection_says_how_it_is_cleared_or_why_nothing_has_to_go() -> None:
    assert [one.collection for one in HOLDINGS if not one.clear and not one.stays] == [], "say `clear` or `stays`"
    names = [(one.collection, one.part) for one in HOLDINGS if one.clear]
    assert len(names) == len(set(names)), "a run remembers by these how far it is"


@pytest.mark.unit
def test_every_reason_is_a_sentence() -> None:
    reasons = [one.excused for one in HOLDINGS if one.excused] + [one.stays for one in HOLDINGS if one.stays]
    reasons += [why for one in HOLDINGS for why in one.left_out.values()]
    reasons += [one.about for one in COPIED]
    assert [why for why in reasons if not why.endswith(".") or len(why) < 20 or "|" in why] == []
    parts = [one.part for one in COPIED]
    assert len(parts) == len(set(parts))


def values_at(doc: Any, path: str) -> list[Any]:
    """Return what stands at a path of a document, looking into each item of a list."""
    if path == "":
        return [doc]
    head, _, rest = path.partition(".")
    docs = doc if isinstance(doc, list) else [doc]
    return [value for one in docs if isinstance(one, Mapping) and head in one for value in values_at(one[head], rest)]


def undeclared(doc: Mapping[str, Any], declared: set[str], prefix: str = "", depth: int = 1) -> Iterator[str]:
    """Yield the stored fields that a declaration does not name."""
    for name, value in doc.items():
        path = f"{prefix}{name}"
        inner = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]
        deeper = any(one.startswith(f"{path}.") for one in declared)
        if path in declared and not deeper:
            continue
        if inner and (deeper or depth < DEPTH):
            for one in inner:
                yield from undeclared(one, declared, f"{path}.", depth + 1)
        elif value not in (None, [], {}):
            yield path


def opened(doc: Doc) -> Doc:
    """Return a document with what is packed into bytes as it reads."""
    return {name: json.loads(value) if isinstance(value, bytes) else value for name, value in doc.items()}


def hers(stored: Any, holding: Holding, person: Person) -> list[Doc]:
    """Return the documents of a copied collection; those of customers and changes only where they are hers."""
    own = {"customers": "_id", "changes": "customer_id", "access_log": "customer_id"}.get(holding.collection)
    return [opened(doc) for doc in stored[holding.collection].find({own: person.customer_id} if own else {})]


async def test_every_stored_field_is_told_or_left_out_for_a_reason(ctx: Context, stored: Any, person: Person) -> None:
    for holding in COPIED:
        docs = hers(stored, holding, person)
        assert docs, f"fill {holding.collection} in tests/privacy/filled.py"
        declared = {*holding.copied, *holding.left_out}
        assert not holding.copied.keys() & holding.left_out.keys()
        lacking = {path for doc in docs for path in undeclared(doc, declared)}
        assert sorted(lacking) == [], f"{holding.collection}: say where they are told, or why not"


async def test_every_declared_field_is_there_and_told_where_it_is_said(
    ctx: Context, stored: Any, person: Person
) -> None:
    for holding in COPIED:
        docs = hers(stored, holding, person)
        assert holding.copy
        rows = orjson.loads(dumped([row async for row in holding.copy(ctx, person)]))
        assert rows, holding.collection
        for path, name in holding.copied.items():
            said = [one for one in values_at(docs, path) if one not in (None, "", [])]
            assert said or (holding.collection, path) in NEVER, f"{holding.collection}.{path} is never filled"
            found = [one for one in values_at(rows, name) if one not in (None, "", [])]
            assert found or (holding.collection, path) in NEVER, f"{holding.collection}.{path} is not told as {name}"
        gone = [
            path for path in holding.left_out if not values_at(docs, path) and (holding.collection, path) not in NEVER
        ]
        assert gone == [], f"{holding.collection}: nobody stores them any more"


NEVER = {
    ("run_rows", "blanked"),  # Nobody in it went.
    ("customers", "trashed_at"),  # The person of this test is not in the trash.
    ("customers", "anonymized_at"),  # Nor anonymized.
    ("consent_ledger", "body.redacts"),  # Nor blanked.
    ("changes", "reverts"),  # Nor was a save taken back.
    ("access_log", "personal.reason"),  # A reason is given with a copy; tests/privacy looks at it.
}
"""What this database does not hold."""
NOWHERE = ("not-hers", "mk-token", "mk-spouse", "Mk-spouse", "Mk-next", "Mk-other")
"""What stands in the database of others, or acts for her: in no copy of hers."""


def places(value: Any, marker: str, path: str = "") -> Iterator[str]:
    """Yield where a text stands in a copy: the path, without the places of lists."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from places(inner, marker, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner, marker, path)
    elif isinstance(value, str) and marker in value:
        yield path


async def test_each_marker_is_where_it_should_be(ctx: Context, person: Person) -> None:
    composing = Composing(ctx, person, None)
    assert sum([added async for added in composing.write()]) > len(COPIED)
    copy = orjson.loads(b"".join(composing.documents()[0].parts()))
    composing.close()
    copy.pop("manifest")
    for marker, expected in WHERE.items():
        assert " ".join(sorted(set(places(copy, marker)))) == expected, marker
    text = json.dumps(copy)
    assert [one for one in NOWHERE if one in text] == []


WHERE: dict[str, str] = {
    "Mk-Home@planted.example": "changes.paths.after.address profile.emails.address",
    "Mk-family": "changes.paths.after importRows.name profile.displayName profile.familyName",
    "Mk-given": "changes.paths.after importRows.name importRows.said.givenName profile.displayName profile.givenName",
    "mk-7": "changes.paths.after.houseNumber profile.addresses.houseNumber",
    "mk-address-label": "changes.paths.after.label profile.addresses.label",
    "mk-browser": (
        "changes.paths.after.token consents.evidence.userAgent consents.identifier identifiers.value "
        "profile.pushTokens.token"
    ),
    "mk-browser-name": "consents.evidence.userAgent",
    "mk-claim": "accessLog.reason profile.hold.reason",
    "mk-city": "changes.paths.after.city profile.addresses.city",
    "mk-consent-reason": "consents.reason",
    "mk-decided": "consents.reason quarantine.reason",
    "mk-device": (
        "changes.paths.after.label changes.paths.after.token consents.identifier identifiers.label "
        "identifiers.value profile.pushTokens.label profile.pushTokens.token"
    ),
    "mk-device-label": "changes.paths.after.label identifiers.label profile.pushTokens.label",
    "mk-drifting-title": "importRows.changes.after importRows.said.jobTitle",
    "mk-email-label": "changes.paths.after.label identifiers.label profile.emails.label",
    "mk-extra": "changes.paths.after.extra profile.addresses.extra",
    "mk-file": "quarantine.run.fileName",
    "mk-handle": "changes.paths.after.handle profile.socialAccounts.handle",
    "mk-header": "importRows.consents.column",
    "mk-holder": "changes.paths.after.holder profile.bankAccounts.holder",
    "mk-home@planted.example": (
        "changes.paths.after.normalized consents.identifier identifiers.value mails.to profile.emails.normalized"
    ),
    "mk-imported-tag": (
        "changes.paths.after changes.paths.path importRows.changes.after importRows.changes.path "
        "importRows.said.tags profile.tags"
    ),
    "mk-imported-title": (
        "changes.paths.after changes.paths.before importRows.changes.after importRows.changes.before "
        "importRows.said.jobTitle"
    ),
    "mk-last-title": "changes.paths.after profile.jobTitle",
    "mk-later-title": "changes.paths.after changes.paths.before importRows.changes.before",
    "mk-mail-text": "mails.text",
    "mk-network": "changes.paths.after.provider profile.socialAccounts.provider",
    "mk-no-number": "changes.paths.after.number changes.paths.after.raw profile.phones.number profile.phones.raw",
    "mk-not-a-number": (
        "changes.paths.after.number changes.paths.after.raw importRows.changes.after.number "
        "importRows.changes.after.raw importRows.said.phones.number importRows.said.phones.raw "
        "profile.phones.number profile.phones.raw"
    ),
    "mk-note": "consents.evidence.note",
    "mk-old@planted.example": (
        "changes.paths.after.address changes.paths.after.normalized changes.paths.before.address "
        "changes.paths.before.normalized consents.identifier"
    ),
    "mk-organization": "changes.paths.after profile.organization",
    "mk-phone-label": "changes.paths.after.label identifiers.label profile.phones.label",
    "mk-reason": "changes.reason",
    "mk-reference": "changes.paths.after importRows.key importRows.said.referenceId profile.referenceId",
    "mk-region": "changes.paths.after.region profile.addresses.region",
    "mk-said-at-old": "consents.reason",
    "mk-source": "consents.evidence.note quarantine.source",
    "mk-street": "changes.paths.after.street profile.addresses.street",
    "mk-subject": "mails.subject",
    "mk-tag": "changes.paths.after changes.paths.path profile.tags",
    "mk-term": "importRows.terms.term",
    "mk-title": "changes.paths.after changes.paths.before",
    "mk-work@planted.example": (
        "changes.paths.after.address changes.paths.after.normalized consents.identifier identifiers.value "
        "importRows.consents.identifier importRows.key importRows.said.emails.address "
        "importRows.said.emails.normalized mails.to profile.emails.address profile.emails.normalized "
        "quarantine.identifier"
    ),
    "mk-zip": "changes.paths.after.postalCode profile.addresses.postalCode",
    "NL91ABNA0417164300": "changes.paths.after.iban profile.bankAccounts.iban",
    "DE89370400440532013000": (
        "changes.paths.after.iban changes.paths.before.iban importRows.changes.after.iban "
        "importRows.said.bankAccounts.iban profile.bankAccounts.iban"
    ),
    "ABNANL2A": "changes.paths.after.bic profile.bankAccounts.bic",
    "198.51.100.77": "consents.evidence.ip",
    "1990-02-03": "changes.paths.after profile.dateOfBirth",
    "+31612345678": "changes.paths.after.number consents.identifier identifiers.value profile.phones.number",
    "https://mk.example/page": "changes.paths.after.url profile.socialAccounts.url",
    "https://mk.example/form": "consents.evidence.formUrl",
}
"""Marker of `tests/privacy/filled.py` -> every place of the copy in which it stands."""
