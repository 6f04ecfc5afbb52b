"""A key that may only record consents: whatever it tries, it reads nothing of anybody, nor whether somebody is known.

What it is told: the id and the receipt of its own entry, codes, and `appliedAs`, which follows from what was recorded of
the same address on the same topic before. And one thing more, on purpose: a yes for a phone number that several people
share is refused with AMBIGUOUS_IDENTIFIER, because the number does not say who agreed.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from api.core import ids
from api.core.context import Context
from tests.conftest import Ask, Clock
from tests.consent.paths import ANNA, DOCUMENTS, PAYLOADS, PLACES, RECORD, SAFE, SUBSCRIPTIONS, TOLD, an_item
from tests.factories import a_customer, a_key, a_user
from tests.imports.steps import csv_of, imported
from tests.planted import found_in
from tests.serving import first_of, serving

NOBODY = "enna@planted.example"
PERSONAL = (
    "anna@planted", "carl@planted", "work@planted", "612345678", "687654321", "Plantagenet", "Murderbot", "Sanne", "Planted Ltd",
    "1990-02-03", "Damstraat", "device-1", "0417164300", "CRM-77", "198.51.100.7", "Signed by", "Asked at", "She said so",
    "sanne@staff", "peter@planted", "leaving.csv",
)  # fmt: skip
"""Values of persons in the database, none of them a part of an address that the key itself sends."""
Headers = dict[str, str]


# --- the world ---


async def _people(ctx: Context, data: Ask) -> dict[str, str]:
    anna = await a_customer(
        ctx,
        given_name="Anna",
        family_name="Plantagenet",
        organization="Planted Ltd",
        date_of_birth="1990-02-03",
        locale="fr-FR",
        reference_id="CRM-77",
        emails=[{"address": ANNA}, {"address": "work@planted.example"}],
        phones=[{"number": "0612345678"}],
        addresses=[{"street": "Damstraat", "city": "Amsterdam", "country_code": "NL"}],
        bank_accounts=[{"iban": "NL91ABNA0417164300", "holder": "A. Plantagenet"}],
        push_tokens=[{"token": "device-1", "channel": "PUSH"}],
    )
    carl = await a_customer(ctx, given_name="Carl", family_name="Murderbot", email="carl@planted.example")
    for name in ("Sanne", "Piet"):
        await a_customer(ctx, given_name=name, phones=[{"number": "0687654321"}])
    customer, trashed = (ids.show(ids.CUSTOMER, one["_id"]) for one in (anna, carl))
    delete = "mutation ($id: ID!) { customerDelete(input: {ids: [$id]}) { deleted } }"
    assert (await data(delete, {"id": trashed}))["customerDelete"] == {"deleted": 1}
    update = (
        'mutation ($id: ID!) { customerUpdate(id: $id, input: {jobTitle: "Spy", reason: "She said so"}) { applied } }'
    )
    assert (await data(update, {"id": customer}))["customerUpdate"] == {"applied": True}
    return {"customer": customer, "trashed": trashed}


async def _consents(data: Ask) -> dict[str, str]:
    """Let another partner record things about Anna, and return what it was told."""
    evidence = {"ip": "198.51.100.7", "userAgent": "Browser", "note": "Signed by Anna"}
    said = an_item(purpose="SERVICE", evidence=evidence, reason="Asked at the counter", idempotencyKey="mine")
    first = await data(RECORD % SAFE, {"input": said}, as_="key:partner")
    asked = an_item(purpose="PROFILING", state="PENDING")
    second = await data(RECORD % SAFE, {"input": asked}, as_="key:partner")
    return {"entry": first["consentRecord"]["entryId"], "token": second["consentRecord"]["confirmToken"]}


@pytest.fixture
async def world(ctx: Context, stored: Any, clock: Clock, data: Ask) -> dict[str, str]:
    """A database full of persons; ids of what is in it by name."""
    ctx.db.rehearse = False
    found = await _people(ctx, data) | await _consents(data)
    run = await imported(ctx, csv_of(["email", "first_name"], ["peter@planted.example", "Peter"]))
    stored["files"].update_many({}, {"$set": {"name": "leaving.csv"}})
    user, _ = a_user(stored, clock(), role="editor", email="sanne@staff.example")
    key, _ = a_key(stored, clock())
    hook = 'mutation { webhookCreate(input: {url: "https://9.9.9.9/", topics: [CONSENT_CHANGED]}) { webhook { id } } }'
    hooked = (await data(hook))["webhookCreate"]["webhook"]["id"]
    await data("mutation ($id: ID!) { webhookTest(id: $id, input: {}) { applied } }", {"id": hooked})
    change, access = stored["changes"].find_one(), ids.new()
    assert change
    return found | {
        "run": ids.show(ids.RUN, run.id),
        "file": ids.show(ids.FILE, stored["files"].find_one()["_id"]),
        "user": ids.show(ids.USER, user["_id"]),
        "key": ids.show(ids.KEY, key["_id"]),
        "role": "rol_000000000000000000000005",
        "mail": ids.show(ids.MAIL, stored["outbox"].find_one()["_id"]),
        "change": ids.show(ids.CHANGE, change["_id"]),
        "access": ids.show(ids.ACCESS, access),
        "quarantined": ids.show(ids.QUARANTINED, ids.new()),
        "webhook": hooked,
        "delivery": ids.show(ids.DELIVERY, stored["webhook_deliveries"].find_one()["_id"]),
    }


@pytest.fixture
def partner(stored: Any, clock: Clock) -> Headers:
    """The headers of a key that may record consents and nothing else."""
    _, secret = a_key(stored, clock(), role="partner")
    return {"Authorization": f"Bearer {secret}"}


def _with(text: str, world: dict[str, str], quote: Callable[[str], str] = json.dumps) -> str:
    for name in sorted(world, key=len, reverse=True):
        text = text.replace(f"${name}", quote(world[name]))
    return text


async def test_sixty_paths_lead_to_nobody(
    client: httpx2.AsyncClient, app: Starlette, world: dict[str, str], partner: Headers
) -> None:
    tried: dict[str, str] = {}
    answered: dict[str, Any] = {}

    async def send(name: str, document: str, variables: dict[str, Any] | None = None) -> None:
        body = {"query": document, "variables": variables or {}}
        answer = await client.post("/graphql", json=body, headers=partner)
        tried[name] = f"{dict(answer.headers)}\n{answer.text}"
        answered[name] = answer.json()

    for name, (document, item) in PAYLOADS.items():
        filled = json.loads(_with(json.dumps(item), world, lambda one: one))
        await send(name, document, {"input": filled})
    for name, document in DOCUMENTS.items():
        await send(name, _with(document, world))
    for place in PLACES:
        for headers in (partner, {}):
            answer = await client.get(place.format(**world), headers=headers)
            tried[f"GET {place} {len(headers)}"] = f"{dict(answer.headers)}\n{answer.text}"
    async with serving(app) as where:
        for document in SUBSCRIPTIONS:
            heard = await first_of(where, _with(document, world), partner)
            tried[document] = json.dumps(heard)
            assert {one["extensions"]["code"] for one in heard["errors"]} <= {"FORBIDDEN", "INVALID"}, heard
    assert len(PAYLOADS) + len(DOCUMENTS) + len(PLACES) + len(SUBSCRIPTIONS) > 60
    # A receipt names what the key itself sent: the address, the number, the reference.
    own = {name: str(item["identifier"]) for name, (_, item) in PAYLOADS.items()}
    own |= dict.fromkeys(("an item's entry", "an item's customer"), ANNA)
    leaks = {
        name: [one for one in found_in(text, PERSONAL) if one not in own.get(name, "")] for name, text in tried.items()
    }
    assert {name: found for name, found in leaks.items() if found} == {}
    for name, answer in answered.items():
        codes = {one["extensions"]["code"] for one in answer.get("errors", ())}
        assert codes <= {"FORBIDDEN", "GRAPHQL_INVALID"}, (name, answer)
        refused = bool(codes) or answer["data"] == {"node": None}
        assert refused != (name in TOLD), (name, answer)
    assert (
        answered["what it may be told, shared"]["data"]["consentRecord"]["errors"][0]["code"] == "AMBIGUOUS_IDENTIFIER"
    )


# --- nor whether somebody is known ---


def _same(text: str, sent: str) -> Any:
    """Return an answer without what differs for strangers too: ids, times, hashes, signatures, and what was sent."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: plain(one) for name, one in value.items() if name not in {"extensions", "signature", "entryHash"}
            }
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, str) and value.startswith("{"):
            return plain(json.loads(value))
        if isinstance(value, str) and value.startswith("eyJ"):
            return plain(json.loads(base64.urlsafe_b64decode(value + "==")))
        return (
            re.sub(r"[0-9a-f]{24}|[\w-]{8}\.[\w-]{22}\.[\w-]+", "#", value).replace(sent, "@")
            if isinstance(value, str)
            else value
        )

    return plain(json.loads(text))


VARIANTS: tuple[dict[str, Any], ...] = (
    {"dryRun": True},
    {"dryRun": True, "createIfMissing": False},
    {"state": "PENDING", "createIfMissing": False},
    {"channel": "POST", "createIfMissing": False},
    {"state": "PENDING", "sendConfirmation": True},
    {"channel": None, "purpose": None, "list": "weekly", "state": "PENDING", "createIfMissing": False},
    {"basis": "IMPORTED", "collectedAt": "2020-01-01T00:00:00Z"},
    {},
    {"basis": "IMPLICIT"},
    *({"state": state} for state in ("DENIED", "WITHDRAWN", "PENDING", "EXPIRED")),
    {"basis": "IMPLICIT"},
    {"channel": "POST"},
    {"channel": "IN_APP", "state": "WITHDRAWN"},
    {"channel": None, "purpose": None, "list": "weekly"},
    {"channel": None, "purpose": None, "term": "newsletter"},
    {"term": "newsletter", "locale": "nl"},
    {"channel": None, "purpose": None, "doNotSell": True, "state": "WITHDRAWN"},
    {"channel": None, "purpose": None, "doNotSell": True},
    {"evidence": {"note": "Said yes"}, "reason": "Asked", "purpose": "SHARING", "state": "DENIED"},
    {"collectedAt": "2026-03-12T10:30:00Z"},
    {"channel": "SMS"},
)
"""Sent one after the other: the two have the same history with us, and must be told the same throughout."""
KNOWN: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "email": ({"email": ANNA}, {"email": NOBODY}, "EMAIL"),
    "email in the trash": ({"email": "carl@planted.example"}, {"email": "karl@planted.example"}, "EMAIL"),
    "email of old": ({"email": "gone@planted.example"}, {"email": "kone@planted.example"}, "EMAIL"),
    "phone": ({"phone": "+31612345678"}, {"phone": "+31612345679"}, "SMS"),
    "reference": ({"referenceId": "CRM-77"}, {"referenceId": "CRM-78"}, "POST"),
    "device": ({"push": "device-1"}, {"push": "device-9"}, "PUSH"),
}
"""An identifier that somebody has (or had), and one like it that nobody ever had."""


@pytest.fixture
async def known(data: Ask, world: dict[str, str]) -> None:
    """Make terms and lists, and an address that was taken away from Anna."""
    term = {"key": "newsletter", "name": "Newsletter", "texts": [{"locale": "nl", "text": "Ja."}]}
    weekly = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": False}
    await data("mutation ($input: TermCreateInput!) { termCreate(input: $input) { applied } }", {"input": term})
    await data("mutation ($input: ListCreateInput!) { listCreate(input: $input) { applied } }", {"input": weekly})
    update = """mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) {
      applied customer { emails { id address } } } }"""
    added = {"emails": {"add": [{"address": "gone@planted.example"}]}}
    emails = (await data(update, {"id": world["customer"], "input": added}))["customerUpdate"]["customer"]["emails"]
    (gone,) = (one["id"] for one in emails if one["address"] == "gone@planted.example")
    removed = {"emails": {"remove": [gone]}}
    assert (await data(update, {"id": world["customer"], "input": removed}))["customerUpdate"]["applied"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("kind", KNOWN)
async def test_known_or_not_is_one_answer(client: httpx2.AsyncClient, partner: Headers, kind: str) -> None:
    holder, stranger, channel = KNOWN[kind]
    for place, variant in enumerate(VARIANTS):
        told = []
        for identifier in (holder, stranger):
            item = {"channel": channel, "purpose": "MARKETING", "state": "GRANTED", **variant, "identifier": identifier}
            (value,) = identifier.values()
            told.append([])
            for more in ({}, {"idempotencyKey": f"{place} {value}"}, {"idempotencyKey": f"{place} {value}"}):
                body = {"query": RECORD % SAFE, "variables": {"input": {**item, **more}}}
                answer = await client.post("/graphql", json=body, headers=partner)
                told[-1].append((answer.status_code, _compared(answer.headers), _same(answer.text, value)))
                token = answer.json()["data"]["consentRecord"]["confirmToken"]
                if token:
                    page = await client.get(f"/confirm/{token}")
                    shown = re.sub(r"<bdi>\S?…", "<bdi>@…", page.text.replace(value[-2:] + "<", "@<"))
                    told[-1].append((page.status_code, _compared(page.headers), shown))
        assert told[0] == told[1], variant


def _compared(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "content-length"}


BOUNCE = """mutation ($input: DeliverabilityUpdateInput!) { deliverabilityUpdate(input: $input) {
  applied replayed errors { code message path } } }"""


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("kind", KNOWN)
async def test_bounces_do_not_tell_who_is_known(client: httpx2.AsyncClient, partner: Headers, kind: str) -> None:
    told = []
    for identifier in KNOWN[kind][:2]:
        answers = []
        for more in ({"deliverable": True, "dryRun": True}, {"deliverable": False, "reason": "HARD_BOUNCE"},
                     {"deliverable": False, "reason": "HARD_BOUNCE"}, {"deliverable": True, "idempotencyKey": str(identifier)},
                     {"deliverable": True, "idempotencyKey": str(identifier)},
                     {"deliverable": False, "at": "2020-01-01T00:00:00Z"}):  # fmt: skip
            body = {"query": BOUNCE, "variables": {"input": {"identifier": identifier, **more}}}
            answer = await client.post("/graphql", json=body, headers=partner)
            answers.append(answer.json()["data"]["deliverabilityUpdate"])
        told.append(answers)
    assert told[0] == told[1]
    # Nothing is sent to a reference.
    assert [one["applied"] for one in told[0]] == [
        kind != "reference" and one for one in (False, True, False, True, True, False)
    ]


@pytest.mark.usefixtures("known")
async def test_a_batch_does_not_tell_who_is_known(client: httpx2.AsyncClient, partner: Headers) -> None:
    document = """mutation ($input: ConsentsRecordInput!) { consentsRecord(input: $input) { applied replayed
      results { index applied replayed entryId appliedAs receipt { id } errors { code message path } } errors { code } } }"""
    told = []
    for place in (0, 1):
        items = [
            {"identifier": one[place], "channel": one[2], "purpose": "MARKETING", "state": state}
            for one in KNOWN.values()
            for state in ("GRANTED", "WITHDRAWN", "GRANTED")
        ]
        body = {"query": document, "variables": {"input": {"items": items, "idempotencyKey": f"batch {place}"}}}
        answers = [(await client.post("/graphql", json=body, headers=partner)).text for _ in range(2)]
        told.append([_same(one, "-") for one in answers])
    assert told[0] == told[1]
