"""The quarantine over the API: what waits is shown, accepted as an import, or rejected; each once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from api.consent import importing, quarantine, recording
from api.consent.model import ConsentState, Entry, IdentifierKind, QuarantineReason
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from tests.conftest import Ask, Clock
from tests.consent.world import PARTNER
from tests.factories import a_customer

LIST = """query ($status: QuarantineStatus, $why: QuarantineReason, $first: Int, $after: String) {
  consentQuarantine(status: $status, why: $why, first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    id status row run { id fileName } customer { id } identifier topic channel purpose list term state collectedAt basis
    source why message reviewedAt reviewedBy { name } entryId } } }"""
REVIEW = """mutation ($input: ConsentQuarantineReviewInput!) { consentQuarantineReview(input: $input) {
  applied replayed errors { code path } results { index id ok appliedAs errors { code path } } } }"""
ADDRESS = "anna@planted.example"
DAY = datetime(2025, 6, 1, tzinfo=UTC)
GOOD = {"decision": "ACCEPT", "reason": "The card was found.", "basis": "EXPLICIT", "source": "A card of 2025."}
REJECT = {"decision": "REJECT", "reason": "Nobody knows where it is from."}
RUN = {"id": ids.new(), "kind": "IMPORT", "phase": "APPLY", "row": 7, "title": "people.csv"}


async def a_waiting(
    ctx: Context,
    stored: Any,
    address: str = ADDRESS,
    at: datetime | None = DAY,
    topic: str = "EMAIL/MARKETING",
    **more: Any,
) -> str:
    """Put a yes of an address, whose customer is there, into quarantine; return its public id."""
    customer = stored["customers"].find_one({"emails.normalized": address}) or await a_customer(ctx, email=address)
    kind, value = IdentifierKind.EMAIL, address
    if topic.startswith("TERM/"):
        kind, value = IdentifierKind.CUSTOMER, str(customer["_id"])
    name = (importing.identifier_id(ctx, kind, value), kind, value)
    why = more.pop("why", QuarantineReason.NO_BASIS)
    doc = quarantine.draft(
        ids.new(), ctx.now(), why, RUN, customer["_id"], name, topic, ConsentState.GRANTED, at, **more
    )
    stored["consent_quarantine"].insert_one(doc)
    return ids.show(ids.QUARANTINED, doc["_id"])


async def reviewed(data: Ask, *public: str, as_: str = "privacy-officer", **sent: Any) -> dict[str, Any]:
    """Review and return the payload."""
    found: dict[str, Any] = (await data(REVIEW, {"input": {"ids": list(public), **sent}}, as_=as_))[
        "consentQuarantineReview"
    ]
    return found


def outcomes(payload: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (ok, what it did, codes) of each."""
    return [(one["ok"], one["appliedAs"], [error["code"] for error in one["errors"]]) for one in payload["results"]]


async def test_what_waits_is_shown_newest_first(ctx: Context, stored: Any, data: Ask) -> None:
    public = [await a_waiting(ctx, stored, f"p{n}@planted.example", source="A list.") for n in range(3)]
    first = (await data(LIST, {"status": "OPEN", "first": 2}, as_="privacy-officer"))["consentQuarantine"]
    assert [one["id"] for one in first["nodes"]] == [public[2], public[1]]
    after = first["pageInfo"]["endCursor"]
    rest = (await data(LIST, {"status": "OPEN", "first": 2, "after": after}, as_="privacy-officer"))[
        "consentQuarantine"
    ]
    (one,) = rest["nodes"]
    customer = stored["customers"].find_one({"emails.normalized": "p0@planted.example"})
    assert one == {
        "id": public[0], "status": "OPEN", "row": 7, "run": {"id": ids.show(ids.RUN, RUN["id"]), "fileName": "people.csv"},
        "customer": {"id": ids.show(ids.CUSTOMER, customer["_id"])}, "identifier": "p0@planted.example", "topic": "CHANNEL",
        "channel": "EMAIL", "purpose": "MARKETING", "list": None, "term": None, "state": "GRANTED",
        "collectedAt": "2025-06-01T00:00:00.000Z", "basis": None, "source": "A list.", "why": "NO_BASIS",
        "message": quarantine.MESSAGES[QuarantineReason.NO_BASIS], "reviewedAt": None, "reviewedBy": None, "entryId": None,
    }  # fmt: skip
    asked = [{"status": "ACCEPTED"}, {"why": "NO_DATE"}, {"why": "NO_BASIS"}, {"why": "NO_BASIS", "status": "OPEN"}, {}]
    for variables, count in zip(asked, [0, 0, 3, 3, 3], strict=True):
        found = (await data(LIST, variables, as_="privacy-officer"))["consentQuarantine"]["nodes"]
        assert len(found) == count, variables


async def test_an_accepted_one_is_recorded_as_an_import_by_whoever_accepts(
    ctx: Context, stored: Any, data: Ask
) -> None:
    public = await a_waiting(ctx, stored)
    done = await reviewed(data, public, **GOOD)
    assert (done["applied"], outcomes(done)) == (True, [(True, "CURRENT", [])])
    (doc,) = stored["consent_ledger"].find()
    entry = Entry.of(doc)
    said = entry.body
    assert (said["source"], said["basis"], said["state"]) == ("IMPORT", "EXPLICIT", "GRANTED")
    assert (said["actor"]["name"], said["collected_at"][:10]) == ("Test Privacy officer", "2025-06-01")
    assert entry.personal is not None
    assert (entry.personal["evidence_note"], entry.personal["reason"]) == ("A card of 2025.", "The card was found.")
    (shown,) = (await data(LIST, {"status": "ACCEPTED"}, as_="privacy-officer"))["consentQuarantine"]["nodes"]
    assert shown["reviewedBy"]["name"] == "Test Privacy officer"
    assert shown["entryId"] == ids.show(ids.ENTRY, entry.id)
    again = await reviewed(data, public, **GOOD)
    assert outcomes(again) == [(True, "CURRENT", [])]
    assert outcomes(await reviewed(data, public, **REJECT)) == [(False, None, ["ALREADY_REVIEWED"])]
    assert stored["consent_ledger"].count_documents({}) == 1


async def test_accepting_never_lifts_a_no(ctx: Context, stored: Any, data: Ask, clock: Clock) -> None:
    public = await a_waiting(ctx, stored, why=QuarantineReason.RESUBSCRIBE)
    item = {
        "identifier": {"email": ADDRESS}, "channel": "EMAIL", "purpose": "MARKETING", "state": "WITHDRAWN",
        "collected_at": datetime(2025, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    await recording.record(ctx.as_(PARTNER), [item], [Once("consentRecord")])
    done = await reviewed(data, public, **GOOD)
    assert outcomes(done) == [(True, "BLOCKED", [])]
    assert stored["customers"].find_one()["standing"][0]["keys"] == ["EMAIL/MARKETING/WITHDRAWN"]


async def test_a_rejected_one_is_recorded_nowhere(ctx: Context, stored: Any, data: Ask) -> None:
    public = await a_waiting(ctx, stored)
    for _ in range(2):
        done = await reviewed(data, public, **REJECT)
        assert (done["applied"], outcomes(done)) == (True, [(True, None, [])])
    doc = stored["consent_quarantine"].find_one()
    assert (doc["status"], doc["entry"], doc["personal"]["reason"]) == ("REJECTED", None, REJECT["reason"])
    assert stored["consent_ledger"].count_documents({}) == 0
    assert outcomes(await reviewed(data, public, **GOOD)) == [(False, None, ["ALREADY_REVIEWED"])]


@pytest.mark.parametrize("missing", ["basis", "source", "collected_at"])
async def test_what_proves_it_must_be_stated(ctx: Context, stored: Any, data: Ask, missing: str) -> None:
    public = await a_waiting(ctx, stored, at=None)
    given = {**GOOD, "collectedAt": "2025-06-01T00:00:00Z"}
    name = {"collected_at": "collectedAt"}.get(missing, missing)
    done = await reviewed(data, public, **{key: value for key, value in given.items() if key != name})
    assert (done["applied"], outcomes(done)) == (False, [(False, None, ["REQUIRED"])])
    assert done["results"][0]["errors"][0]["path"] == [missing]
    assert stored["consent_quarantine"].find_one()["status"] == "OPEN"
    assert outcomes(await reviewed(data, public, **given)) == [(True, "CURRENT", [])]


async def test_a_date_that_is_known_stands(ctx: Context, stored: Any, data: Ask) -> None:
    public = await a_waiting(ctx, stored)
    await reviewed(data, public, **GOOD, collectedAt="2026-01-01T00:00:00Z")
    assert Entry.of(stored["consent_ledger"].find_one()).collected_at == DAY


async def test_each_is_answered_and_one_that_fails_touches_no_other(ctx: Context, stored: Any, data: Ask) -> None:
    good = [await a_waiting(ctx, stored, f"p{n}@planted.example") for n in range(60)]
    unknown = await a_waiting(ctx, stored, topic="TERM/nowhere", why=QuarantineReason.UNKNOWN_TERM)
    nobody = "qua_000000000000000000000000"
    done = await reviewed(data, *good, unknown, nobody, "nonsense", **GOOD)
    assert outcomes(done) == [
        *[(True, "CURRENT", [])] * 60,
        (False, None, ["UNKNOWN_TERM"]),
        (False, None, ["NOT_FOUND"]),
        (False, None, ["NOT_FOUND"]),
    ]
    assert stored["consent_quarantine"].count_documents({"status": "ACCEPTED"}) == 60
    assert stored["consent_quarantine"].count_documents({"status": "OPEN"}) == 1


async def test_a_term_of_an_earlier_import_is_accepted_once_it_is_known(ctx: Context, stored: Any, data: Ask) -> None:
    public = await a_waiting(ctx, stored, topic="TERM/general", why=QuarantineReason.EARLIER_IMPORT)
    made = """mutation { termCreate(input: {key: "general", name: "General", texts: [{locale: "en", text: "We agree."}],
      effectiveFrom: "2024-01-01T00:00:00Z"}) { applied } }"""
    assert (await data(made))["termCreate"]["applied"]
    assert outcomes(await reviewed(data, public, **GOOD)) == [(True, "CURRENT", [])]
    assert stored["consent_ledger"].find_one()["topic"] == "TERM/general"


async def test_a_key_and_a_dry_run(ctx: Context, stored: Any, data: Ask) -> None:
    public = await a_waiting(ctx, stored)
    dry = await reviewed(data, public, **GOOD, dryRun=True)
    assert (dry["applied"], outcomes(dry)) == (False, [(True, "CURRENT", [])])
    assert stored["consent_ledger"].count_documents({}) == 0
    for replayed in (False, True):
        done = await reviewed(data, public, **GOOD, idempotencyKey="one")
        assert (done["applied"], done["replayed"], outcomes(done)) == (True, replayed, [(True, "CURRENT", [])])
    assert stored["consent_ledger"].count_documents({}) == 1


async def test_a_reason_and_between_1_and_100(ctx: Context, data: Ask, stored: Any) -> None:
    public = await a_waiting(ctx, stored)
    assert (await reviewed(data, public, **{**GOOD, "reason": " "}))["errors"][0]["code"] == "REASON_REQUIRED"
    assert (await reviewed(data, **GOOD))["errors"][0]["code"] == "REQUIRED"
    assert (await reviewed(data, *[public] * 101, **GOOD))["errors"][0]["code"] == "TOO_MANY_ITEMS"


@pytest.mark.parametrize("who", ["viewer", "editor", "data-admin", "key:partner"])
async def test_who_may_not_review_changes_nothing(ctx: Context, stored: Any, gql: Ask, who: str) -> None:
    public = await a_waiting(ctx, stored)
    for query, variables in ((REVIEW, {"input": {"ids": [public], **GOOD}}), (LIST, {})):
        answer = await gql(query, variables, as_=who)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert stored["consent_quarantine"].find_one()["status"] == "OPEN"
