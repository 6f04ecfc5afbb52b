"""Anonymizing and erasing over the API: from the click to the certificate, and every way in which it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.errors import RegularsError
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts as customers, holding
from api.privacy import acting, applying, figures
from api.runs import rules as runs
from api.runs.model import RunStatus
from api.runs.selecting import Selection
from tests.factories import a_customer
from tests.privacy.steps import ANONYMIZE, APPLY, ERASE, LOOK, PLAN, done, public, worked

Ask = Callable[..., Awaitable[dict[str, Any]]]
NOBODY = "cus_000000000000000000000000"
CANCEL = "mutation($id: ID!) { runCancel(id: $id, input: {}) { applied run { status } errors { code } } }"


@pytest.fixture
def data(data: Ask) -> Ask:
    """Ask with a key: sessions end while the clock moves."""

    async def ask(query: str, variables: dict[str, Any], *, as_: str = "key:owner") -> dict[str, Any]:
        return await data(query, variables, as_=as_)

    return ask


async def ada(ctx: Context, **more: Any) -> dict[str, Any]:
    """Create somebody with a value of many kinds."""
    told = {
        "given_name": "Ada",
        "locale": "nl-NL",
        "time_zone": "Europe/Amsterdam",
        "phones": [{"number": "0612345678"}],
    }
    return await a_customer(ctx, **{**told, "email": "ada@planted.example", "tags": ["vip"], **more})


async def looked(data: Ask, run: Any, as_: str = "key:privacy-officer") -> dict[str, Any]:
    """Return a run as it is shown."""
    run_id = run if isinstance(run, str) else ids.show(ids.RUN, run.id)
    found: dict[str, Any] = (await data(LOOK, {"id": run_id}, as_=as_))["run"]
    return found


def counts(found: list[dict[str, Any]]) -> dict[str, int]:
    """Return counts by name."""
    return {one["name"]: one["count"] for one in found}


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """Return the codes and places of a payload's errors."""
    return [(one["code"], one["path"]) for one in payload["errors"]]


# --- one customer ---


async def test_somebody_is_anonymized_from_the_click_to_the_certificate(
    ctx: Context, data: Ask, stored: Any, clock: Any
) -> None:
    doc = await ada(ctx)
    await customers.update(ctx, doc["_id"], {"job_title": "Editor"}, once=Once("customerUpdate"))
    clock.move(days=40)
    answer = (await data(ANONYMIZE, {"id": public(doc), "input": {"reason": "By letter."}}, as_="key:privacy-officer"))[
        "customerAnonymize"
    ]
    assert (answer["errors"], answer["applied"], answer["replayed"]) == ([], True, False)
    run = answer["run"]
    assert (run["kind"], run["status"], run["phase"], run["title"]) == (
        "ANONYMIZE",
        "QUEUED",
        "PLAN",
        "1 selected customer",
    )
    await worked(ctx, run["id"])
    run = await looked(data, run["id"])
    assert (run["status"], run["phase"], run["processed"], run["total"], run["error"]) == (
        "SUCCEEDED",
        "APPLY",
        1,
        1,
        None,
    )
    assert (counts(run["planned"]), counts(run["outcome"])) == (
        {"GONE": 1},
        {"GONE": 1},
    )
    said = run["privacy"]
    assert (said["act"], said["reason"], said["suppress"], said["policy"]) == ("ANONYMIZE", "By letter.", False, None)
    assert (said["customers"], said["held"], said["missing"]) == (1, 0, 0)
    does = {one["name"]: (one["label"], one["does"], one["customers"]) for one in said["fields"]}
    assert does["givenName"] == ("Given name", "REMOVE", 1)
    assert does["timeZone"] == ("Time zone", "KEEP", 1)
    assert does["locale"] == ("Language", "GENERALIZE", 1)
    assert "referenceId" not in does
    assert said["figures"] == {
        "before": [{"name": "customers", "count": 1}], "after": [{"name": "customers", "count": 1}], "same": True,
    }  # fmt: skip
    cleared = {one["collection"]: one["cleared"] for one in said["collections"]}
    assert (cleared["customers"], cleared["changes"]) == (1, 2)
    assert {one["found"] for one in said["collections"]} == {0}
    assert said["certificate"]["clean"] is True
    (kept,) = stored["customers"].find()
    assert kept["_id"] != doc["_id"]
    assert not {"given_name", "emails", "phones", "tags", "job_title"} & kept.keys()
    assert (kept["time_zone"], kept["locale"], kept["anonymized_at"]) == (
        "Europe/Amsterdam",
        "nl-NL",
        clock().replace(hour=0, minute=0),
    )
    old = list(stored["changes"].find({"customer_id": doc["_id"]}))
    assert [one["personal"] for one in old] == [None, None]
    assert stored["identifiers"].count_documents({}) == 0
    (look,) = stored["access_log"].find({"action": "profile.anonymized"})
    assert (look["customer_id"], look["fields"], "personal" in look) == (doc["_id"], [], False)
    assert list(stored["erasures"].find({}, {"at": 0, "run_id": 0})) == [
        {"_id": doc["_id"], "act": "ANONYMIZE", "suppressed": []}
    ]
    left = [stored[one].count_documents({}) for one in ("clearings", "run_chunks", "privacy_requests", "privacy_asked")]
    assert left == [0, 0, 0, 0]


async def test_nothing_that_is_stored_leads_from_the_old_id_to_the_new_one(ctx: Context, stored: Any) -> None:
    docs = [await ada(ctx, email=f"a{n}@planted.example", phones=[]) for n in range(12)]
    old = {doc["_id"] for doc in docs}
    await done(ctx, Act.ANONYMIZE, Selection(ids=tuple(old)))
    new = {one["_id"] for one in stored["customers"].find()}
    assert (len(new), old & new) == (12, set())

    def holds(doc: Any, wanted: set[Any]) -> bool:
        if isinstance(doc, dict):
            return any(holds(one, wanted) for one in [*doc.keys(), *doc.values()])
        if isinstance(doc, list):
            return any(holds(one, wanted) for one in doc)
        return doc in wanted or (isinstance(doc, str) and any(str(one) in doc for one in wanted))

    for name in stored.list_collection_names():
        for doc in stored[name].find():
            assert not (holds(doc, old) and holds(doc, new)), name
            if holds(doc, new):
                assert name in {"customers", "changes"}
                assert "run_id" not in doc
                assert doc.get("run") is None
    # In the order in which they are stored, the new ones say nothing of the old ones.
    assert [one["_id"] for one in stored["customers"].find()] == sorted(new)


async def test_somebody_is_erased_and_what_found_her_cannot_come_back(ctx: Context, data: Ask, stored: Any) -> None:
    doc = await ada(ctx)
    answer = (await data(ERASE, {"id": public(doc), "input": {}}))["customerErase"]
    assert answer["errors"] == []
    await worked(ctx, answer["run"]["id"])
    run = await looked(data, answer["run"]["id"])
    said = run["privacy"]
    assert (run["status"], said["act"], said["reason"], said["suppress"]) == ("SUCCEEDED", "ERASE", None, True)
    assert {one["does"] for one in said["fields"]} == {"REMOVE"}
    assert said["figures"] == {
        "before": [{"name": "customers", "count": 1}], "after": [{"name": "customers", "count": 0}], "same": None,
    }  # fmt: skip
    assert stored["customers"].count_documents({}) == 0
    (kept,) = stored["erasures"].find()
    assert (kept["act"], len(kept["suppressed"])) == ("ERASE", 2)
    assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 2
    with pytest.raises(AssertionError, match="IDENTIFIER_SUPPRESSED"):
        await a_customer(ctx, email="ADA@planted.example")


async def test_a_reason_that_names_her_goes_with_her(ctx: Context, data: Ask, stored: Any) -> None:
    for reason, kept in (
        ("She wrote: ADA@planted.example", None), ("Ada asked by phone", None), ("Letter of 3 March", "Letter of 3 March"),
    ):  # fmt: skip
        doc = await ada(ctx)
        answer = (await data(ANONYMIZE, {"id": public(doc), "input": {"reason": reason}}))["customerAnonymize"]
        assert answer["run"]["privacy"]["reason"] == reason
        await worked(ctx, answer["run"]["id"])
        assert (await looked(data, answer["run"]["id"]))["privacy"]["reason"] == kept
        assert stored["runs"].find_one({"_id": ids.read(ids.RUN, answer["run"]["id"])})["personal"]["reason"] == kept


@pytest.mark.parametrize(("document", "name"), [(ANONYMIZE, "customerAnonymize"), (ERASE, "customerErase")])
async def test_each_refusal_has_a_code_and_writes_nothing(
    ctx: Context, data: Ask, gql: Ask, stored: Any, clock: Any, document: str, name: str
) -> None:
    doc = await ada(ctx)
    who = public(doc)
    answer = await gql(document, {"id": who, "input": {}}, as_="key:editor")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    async def refused(public_id: str = who, **sent: Any) -> list[tuple[str, list[str] | None]]:
        return codes((await data(document, {"id": public_id, "input": sent}))[name])

    assert await refused(NOBODY) == [("NOT_FOUND", ["id"])]
    assert await refused("run_000000000000000000000000") == [("NOT_FOUND", None)]
    assert await refused(reason="x" * 501) == [("TOO_LONG", ["reason"])]
    stored["customers"].update_one(
        {}, {"$set": {"hold": {"at": clock(), "until": None, "by": ctx.caller.actor, "personal": {"reason": "Court"}}}}
    )
    assert await refused() == [("LEGAL_HOLD", ["id"])]
    stored["customers"].update_one({}, {"$set": {"hold.until": clock() + timedelta(days=1)}})
    assert await refused() == [("LEGAL_HOLD", ["id"])]
    assert holding.is_held(stored["customers"].find_one(), clock())
    assert stored["runs"].count_documents({}) == 0
    clock.move(days=1)
    assert await refused() == []
    assert await refused() == [("ALREADY_ASKED", ["id"])]
    assert stored["runs"].count_documents({}) == 1


async def test_days_of_grace_are_0_to_90(ctx: Context, data: Ask, stored: Any) -> None:
    doc = await ada(ctx)
    for days in (-1, 91):
        answer = await data(ERASE, {"id": public(doc), "input": {"graceDays": days}})
        assert codes(answer["customerErase"]) == [("OUT_OF_RANGE", ["grace_days"])]
    assert stored["runs"].count_documents({}) == 0


async def test_somebody_who_was_anonymized_is_not_again_but_can_be_erased(ctx: Context, data: Ask, stored: Any) -> None:
    await ada(ctx)
    await done(ctx, Act.ANONYMIZE, Selection())
    (kept,) = stored["customers"].find()
    answer = await data(ANONYMIZE, {"id": public(kept), "input": {}})
    assert codes(answer["customerAnonymize"]) == [("ALREADY_ANONYMIZED", ["id"])]
    answer = await data(ERASE, {"id": public(kept), "input": {}})
    await worked(ctx, answer["customerErase"]["run"]["id"])
    assert stored["customers"].count_documents({}) == 0
    answer = await data(ERASE, {"id": public(kept), "input": {}})
    assert codes(answer["customerErase"]) == [("NOT_FOUND", ["id"])]


async def test_the_same_key_twice_is_one_run_and_a_dry_run_none(ctx: Context, data: Ask, stored: Any) -> None:
    doc = await ada(ctx)
    answer = (await data(ERASE, {"id": public(doc), "input": {"dryRun": True}}))["customerErase"]
    assert (answer["applied"], answer["run"], answer["count"]) == (False, None, {"count": 1, "precision": "EXACT"})
    assert stored["runs"].count_documents({}) == 0
    sent = {"id": public(doc), "input": {"idempotencyKey": "once", "graceDays": 3}}
    first = (await data(ERASE, sent))["customerErase"]
    again = (await data(ERASE, sent))["customerErase"]
    assert (first["replayed"], again["replayed"], again["run"]["id"]) == (False, True, first["run"]["id"])
    other = (await data(ERASE, {**sent, "input": {"idempotencyKey": "once"}}))["customerErase"]
    assert codes(other) == [("IDEMPOTENCY_KEY_REUSED", ["idempotency_key"])]
    assert stored["runs"].count_documents({}) == 1
    # Long after she is gone, the same message is answered as it was.
    await worked(ctx, first["run"]["id"])


async def test_somebody_in_the_trash_can_be_erased(ctx: Context, data: Ask, stored: Any) -> None:
    doc = await ada(ctx)
    await customers.trash(ctx, [doc["_id"]], once=Once("customerDelete"))
    answer = (await data(ERASE, {"id": public(doc), "input": {}}))["customerErase"]
    await worked(ctx, answer["run"]["id"])
    assert stored["customers"].count_documents({}) == 0


# --- grace time ---


async def test_a_request_waits_for_its_time_and_then_goes_on_by_itself(
    ctx: Context, data: Ask, stored: Any, clock: Any, enqueued: list[Any]
) -> None:
    doc = await ada(ctx)
    answer = (await data(ERASE, {"id": public(doc), "input": {"graceDays": 3}}))["customerErase"]
    run_id = answer["run"]["id"]
    await worked(ctx, run_id)
    run = await looked(data, run_id)
    assert (run["status"], run["phase"], run["privacy"]["customers"]) == ("READY", "PLAN", 1)
    assert run["privacy"]["applyAt"] == "2026-03-15T09:30:00.000Z"
    clock.move(days=3, seconds=-1)
    await acting.sweep(ctx)
    assert (await looked(data, run_id))["status"] == "READY"
    clock.move(seconds=1)
    enqueued.clear()
    await acting.sweep(ctx)
    await acting.sweep(ctx)
    assert [one for _, one in enqueued] == [run_id.removeprefix("run_")]
    assert stored["customers"].count_documents({}) == 1
    await worked(ctx, run_id)
    assert (await looked(data, run_id))["status"] == "SUCCEEDED"
    assert stored["customers"].count_documents({}) == 0


async def test_a_request_can_be_cancelled_while_it_waits_by_whoever_may_ask_for_it(
    ctx: Context, data: Ask, gql: Ask, stored: Any, clock: Any
) -> None:
    doc = await ada(ctx)
    sent = {"id": public(doc), "input": {"graceDays": 3}}
    run_id = (await data(ERASE, sent))["customerErase"]["run"]["id"]
    await worked(ctx, run_id)
    refused = await gql(CANCEL, {"id": run_id}, as_="key:editor")
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    cancelled = (await data(CANCEL, {"id": run_id}, as_="key:privacy-officer"))["runCancel"]
    assert (cancelled["applied"], cancelled["run"]["status"]) == (True, "CANCELLED")
    clock.move(days=4)
    await acting.sweep(ctx)
    await worked(ctx, run_id)
    assert (await looked(data, run_id))["status"] == "CANCELLED"
    assert stored["customers"].count_documents({}) == 1
    again = (await data(ERASE, sent))["customerErase"]
    assert (again["errors"], again["run"]["status"]) == ([], "QUEUED")


async def test_how_somebody_was_looked_for_is_forgotten_when_no_worker_came(
    ctx: Context, data: Ask, stored: Any
) -> None:
    await ada(ctx)
    run_id = (await data(PLAN, {"input": {"act": "ERASE", "search": "ada@planted.example"}}))["privacyPlan"]["run"][
        "id"
    ]
    await acting.sweep(ctx)
    assert stored["privacy_requests"].count_documents({}) == 1
    await data(CANCEL, {"id": run_id})
    await acting.sweep(ctx)
    assert stored["privacy_requests"].count_documents({}) == 0


async def test_a_request_that_looks_for_somebody_who_goes_meanwhile_is_blanked(
    ctx: Context, data: Ask, stored: Any
) -> None:
    doc = await ada(ctx)
    other = (await data(PLAN, {"input": {"act": "ERASE", "search": "ada@planted.example"}}))["privacyPlan"]["run"]["id"]
    run = await done(ctx, Act.ERASE, Selection(ids=(doc["_id"],)))
    assert (run.status, run.tallies["privacy_requests"]) == (RunStatus.SUCCEEDED, 1)
    assert stored["privacy_requests"].find_one()["personal"] is None
    late = await worked(ctx, other)
    assert (late.status, late.error and late.error.code) == (RunStatus.FAILED, "NOT_FOUND")
    assert stored["privacy_requests"].count_documents({}) == 0


# --- plans ---


async def test_a_plan_by_a_filter_waits_until_its_number_is_said(
    ctx: Context, data: Ask, stored: Any, clock: Any
) -> None:
    docs = [
        await ada(ctx, email=f"a{n}@planted.example", job_title="Buyer" if n else "Editor", phones=[]) for n in range(4)
    ]
    where = {"jobTitle": {"eq": "Buyer"}}
    answer = (await data(PLAN, {"input": {"act": "ANONYMIZE", "where": where, "suppress": True, "reason": "Old"}}))[
        "privacyPlan"
    ]
    assert (answer["errors"], answer["run"]["title"]) == ([], "Customers that match a filter")
    run_id = answer["run"]["id"]
    early = (await data(APPLY, {"id": run_id, "input": {"customers": 3}}))["privacyApply"]
    assert codes(early) == [("NOT_READY", ["id"])]
    await worked(ctx, run_id)
    run = await looked(data, run_id)
    assert (run["status"], run["privacy"]["customers"], run["privacy"]["applyAt"]) == ("READY", 3, None)
    assert stored["privacy_requests"].count_documents({}) == 0
    clock.move(days=20)
    await acting.sweep(ctx)
    assert (await looked(data, run_id))["status"] == "READY"
    # Of one a hold is put between the plan and its applying, another is erased.
    stored["customers"].update_one(
        {"_id": docs[1]["_id"]},
        {"$set": {"hold": {"at": clock(), "until": None, "by": ctx.caller.actor, "personal": {"reason": "Court"}}}},
    )
    await done(ctx, Act.ERASE, Selection(ids=(docs[2]["_id"],)))
    for number in (2, 4):
        differs = (await data(APPLY, {"id": run_id, "input": {"customers": number}}))["privacyApply"]
        assert codes(differs) == [("PLAN_DIFFERS", ["customers"])]
    dry = (await data(APPLY, {"id": run_id, "input": {"customers": 3, "dryRun": True}}))["privacyApply"]
    assert (dry["applied"], dry["run"]["status"]) == (False, "READY")
    sent = {"id": run_id, "input": {"customers": 3, "idempotencyKey": "now"}}
    assert (await data(APPLY, sent))["privacyApply"]["applied"]
    await worked(ctx, run_id)
    run = await looked(data, run_id)
    assert (run["status"], run["processed"]) == ("SUCCEEDED", 3)
    assert counts(run["planned"]) == {"GONE": 3}
    assert counts(run["outcome"]) == {"GONE": 1, "HELD": 1, "MISSING": 1}
    assert [run["privacy"][one] for one in ("customers", "held", "missing")] == [1, 1, 1]
    assert (await data(APPLY, sent))["privacyApply"]["replayed"]
    left = {one["_id"] for one in stored["customers"].find({"anonymized_at": None})}
    assert left == {docs[0]["_id"], docs[1]["_id"]}
    assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 2


async def test_a_plan_says_who_is_held_and_who_was_anonymized_before(
    ctx: Context, data: Ask, stored: Any, clock: Any
) -> None:
    docs = [await ada(ctx, email=f"a{n}@planted.example", phones=[]) for n in range(3)]
    await done(ctx, Act.ANONYMIZE, Selection(ids=(docs[0]["_id"],)))
    stored["customers"].update_one(
        {"_id": docs[1]["_id"]},
        {"$set": {"hold": {"at": clock(), "until": None, "by": ctx.caller.actor, "personal": {"reason": "Court"}}}},
    )
    answer = (await data(PLAN, {"input": {"act": "ANONYMIZE"}}))["privacyPlan"]
    await worked(ctx, answer["run"]["id"])
    run = await looked(data, answer["run"]["id"])
    assert counts(run["planned"]) == {"GONE": 1, "HELD": 1, "ALREADY": 1}
    assert [run["privacy"][one] for one in ("customers", "held", "missing")] == [1, 1, 1]
    assert {one["name"]: one["customers"] for one in run["privacy"]["fields"]}["givenName"] == 1


async def test_a_plan_with_days_goes_on_by_itself(ctx: Context, data: Ask, stored: Any) -> None:
    await ada(ctx)
    answer = (await data(PLAN, {"input": {"act": "ERASE", "search": "ada", "graceDays": 0}}))["privacyPlan"]
    await worked(ctx, answer["run"]["id"])
    assert (await looked(data, answer["run"]["id"]))["status"] == "SUCCEEDED"
    assert stored["customers"].count_documents({}) == 0


async def test_what_a_plan_is_refused_for(
    ctx: Context, data: Ask, gql: Ask, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(**sent: Any) -> list[tuple[str, list[str] | None]]:
        return codes((await data(PLAN, {"input": {"act": "ERASE", **sent}}))["privacyPlan"])

    assert await refused() == [("EMPTY_SELECTION", ["where"])]
    doc = await ada(ctx)
    assert await refused(where={"givenName": {"eq": "nobody"}}) == [("EMPTY_SELECTION", ["where"])]
    assert await refused(ids=[NOBODY]) == [("EMPTY_SELECTION", ["where"])]
    assert await refused(ids=[public(doc)] * 101) == [("TOO_LONG", ["ids"])]
    assert await refused(ids=["cus_x"]) == [("NOT_FOUND", ["ids", "0"])]
    assert await refused(graceDays=91) == [("OUT_OF_RANGE", ["grace_days"])]
    assert await refused(reason="x" * 501) == [("TOO_LONG", ["reason"])]
    monkeypatch.setattr(acting, "MAX_UNFILTERED", 0)
    assert await refused() == [("TOO_MANY", ["where"])]
    monkeypatch.undo()
    answer = await gql(PLAN, {"input": {"act": "ERASE"}}, as_="key:editor")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    missing = (await data(APPLY, {"id": "run_000000000000000000000000", "input": {"customers": 1}}))["privacyApply"]
    assert codes(missing) == [("NOT_FOUND", None)]
    assert stored["runs"].count_documents({}) == 0
    dry = (await data(PLAN, {"input": {"act": "ERASE", "dryRun": True}}))["privacyPlan"]
    assert (dry["applied"], dry["run"], dry["count"]["count"]) == (False, None, 1)
    asked = {"act": "ERASE", "ids": [public(doc)], "graceDays": 5}
    assert (await data(PLAN, {"input": asked}))["privacyPlan"]["errors"] == []
    assert await refused(**{name: asked[name] for name in ("ids",)}) == [("ALREADY_ASKED", ["ids", "0"])]


async def test_a_plan_nobody_applies_is_over_after_a_month(ctx: Context, data: Ask, stored: Any, clock: Any) -> None:
    await ada(ctx)
    run_id = (await data(PLAN, {"input": {"act": "ERASE"}}))["privacyPlan"]["run"]["id"]
    await worked(ctx, run_id)
    clock.move(days=31)
    await runs.sweep(ctx)
    assert stored["run_chunks"].count_documents({}) == 0
    late = (await data(APPLY, {"id": run_id, "input": {"customers": 1}}))["privacyApply"]
    assert codes(late) == [("NOT_READY", ["id"])]


# --- the figures ---


async def test_figures_of_many_are_the_same_and_of_few_are_not_told(ctx: Context, data: Ask, stored: Any) -> None:
    for n in range(8):
        await ada(ctx, email=f"a{n}@planted.example", phones=[], time_zone="Europe/Berlin" if n < 2 else "Europe/Paris")
    run = await looked(data, await done(ctx, Act.ANONYMIZE, Selection()))
    said = run["privacy"]["figures"]
    month, seen = "created_at:2026-03", "updated_at:2026-03"
    expected = {"customers": 8, month: 8, seen: 8, "locale:nl-NL": 8, "time_zone:Europe/Paris": 6}
    assert (counts(said["before"]), counts(said["after"]), said["same"]) == (expected, expected, True)
    assert "Europe/Berlin" not in str(stored["runs"].find_one())


async def test_a_difference_in_the_figures_fails_the_run_and_nothing_is_written(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada(ctx)
    before = stored["customers"].find_one()
    keeping = applying.clearing.anonymized

    def lossy(*arguments: Any) -> Any:
        return {name: value for name, value in keeping(*arguments).items() if name != "time_zone"}

    monkeypatch.setattr(applying.clearing, "anonymized", lossy)
    run = await done(ctx, Act.ANONYMIZE, Selection())
    assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "FIGURES_DIFFER")
    assert stored["customers"].find_one() == before
    left = ("clearings", "erasures", "certificates", "run_chunks", "privacy_requests")
    assert [stored[name].count_documents({}) for name in left] == [0, 0, 0, 0, 0]
    assert stored["access_log"].count_documents({}) == 0


@pytest.mark.unit
def test_what_is_counted_is_what_is_kept(clock: Any) -> None:
    now = clock()
    doc = {"kind": "KNOWN", "given_name": "Ada", "locale": "nl-Latn-NL-x-ada", "created_at": now, "version": 4}
    kept = {"kind": "ANONYMOUS", "locale": "nl-NL", "created_at": now.replace(day=1, hour=0, minute=0), "version": 1}
    assert figures.of([doc, None]) == figures.of([kept]) == {"customers": 1, "locale:nl-NL": 1, "created_at:2026-03": 1}
    assert figures.of([{**kept, "locale": "de"}]) != figures.of([doc])


# --- ended in the middle ---


async def test_whoever_cancels_in_the_middle_leaves_nobody_half_cleared(
    ctx: Context, data: Ask, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = [await ada(ctx, email=f"a{n}@planted.example", phones=[]) for n in range(4)]
    monkeypatch.setattr(applying, "MAX_PERSONS", 2)
    run = await acting.start(ctx, Act.ERASE, Selection(ids=tuple(doc["_id"] for doc in docs)))
    record = applying.store.put_erasures

    async def cancelling(*arguments: Any) -> None:
        await record(*arguments)
        stored["run_cancels"].update_one({"_id": run.id}, {"$set": {"by": ctx.caller.actor}}, upsert=True)

    monkeypatch.setattr(applying.store, "put_erasures", cancelling)
    ended = await looked(data, await worked(ctx, run))
    assert (ended["status"], counts(ended["outcome"])["GONE"], ended["processed"]) == ("CANCELLED", 2, 2)
    assert (ended["privacy"]["customers"], ended["privacy"]["certificate"]["clean"]) == (2, True)
    gone = [one["_id"] for one in stored["erasures"].find()]
    assert stored["customers"].count_documents({}) == 2
    assert [one["personal"] for one in stored["changes"].find({"customer_id": {"$in": gone}})] == [None, None]
    assert [stored[name].count_documents({}) for name in ("clearings", "run_chunks")] == [0, 0]


async def test_whoever_cancels_when_everybody_is_gone_has_cancelled_nothing(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada(ctx)
    run = await acting.start(ctx, Act.ERASE, Selection())
    searching = applying.Certifying.next

    async def cancelling(*arguments: Any) -> Any:
        stored["run_cancels"].update_one({"_id": run.id}, {"$set": {"by": ctx.caller.actor}}, upsert=True)
        return await searching(*arguments)

    monkeypatch.setattr(applying.Certifying, "next", cancelling)
    assert (await worked(ctx, run)).status is RunStatus.SUCCEEDED
    assert stored["certificates"].count_documents({}) == 1


async def test_a_run_that_fails_in_the_middle_leaves_nobody_half_cleared(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = [await ada(ctx, email=f"a{n}@planted.example", phones=[]) for n in range(4)]
    monkeypatch.setattr(applying, "MAX_PERSONS", 2)
    gathering, calls = applying.clearing.gather, []

    async def failing(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise RegularsError("The disk is full.", "STORAGE_FULL")
        return await gathering(*arguments)

    monkeypatch.setattr(applying.clearing, "gather", failing)
    writing = applying.HoldingBatch.write

    async def never(*_arguments: Any) -> Any:
        raise RegularsError("The disk is full.", "STORAGE_FULL")

    monkeypatch.setattr(applying.HoldingBatch, "write", never)
    run = await done(ctx, Act.ERASE, Selection(ids=tuple(doc["_id"] for doc in docs)))
    monkeypatch.setattr(applying.HoldingBatch, "write", writing)
    assert (run.status, run.error and run.error.code, run.outcome["GONE"]) == (RunStatus.FAILED, "STORAGE_FULL", 2)
    gone = [one["_id"] for one in stored["erasures"].find()]
    assert len(gone) == 2
    assert [one["personal"] for one in stored["changes"].find({"customer_id": {"$in": gone}})] == [None, None]
    assert [stored[name].count_documents({}) for name in ("clearings", "run_chunks")] == [0, 0]
