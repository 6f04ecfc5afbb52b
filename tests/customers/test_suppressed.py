"""Who was erased comes back through no door, unless somebody who may says so, and why."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts, suppression
from api.customers.rules import Outcome, identifier_id
from tests.conftest import Ask
from tests.customers.going import RUN, go
from tests.factories import a_customer
from tests.imports.steps import applied, csv_of, planned

Doc = dict[str, Any]
JANE, PHONE = "jane@example.org", "+31612345678"
HERS: Doc = {
    "emails": [{"address": "Jane@Example.org"}],
    "phones": [{"number": "06 12345678"}],
    "reference_id": "R-1",
    "push_tokens": [{"token": "device-1", "channel": "PUSH"}, {"token": "browser-1", "channel": "WEB_PUSH"}],
}
SAID = "This {} belonged to somebody who was erased; who may lift that can let it come back."
LIFT = """mutation($input: SuppressionLiftInput!) { suppressionLift(input: $input) {
  applied replayed suppression { suppressed at } errors { code message path } } }"""
ASK = """query($kind: IdentifierKind!, $value: String!) { suppression(kind: $kind, value: $value) { suppressed at } }"""


@pytest.fixture
async def erased(ctx: Context) -> Doc:
    """Somebody who was erased, with all sorts of identifiers."""
    doc = await a_customer(ctx, **HERS)
    await go(ctx, Act.ERASE, doc["_id"])
    return doc


@pytest.mark.usefixtures("erased")
async def test_create_names_each_that_is_suppressed(ctx: Context, stored: Any) -> None:
    saved = await acts.create(ctx, {**HERS, "given_name": "Jane"}, once=Once("customerCreate"))
    assert (saved.applied, saved.outcome) == (False, Outcome.CONFLICT)
    assert [(one.code, one.message, one.path) for one in saved.errors] == [
        ("IDENTIFIER_SUPPRESSED", SAID.format(what), path)
        for what, path in (
            ("reference id", ("reference_id",)),
            ("email address", ("emails", "0", "address")),
            ("phone number", ("phones", "0", "number")),
            ("device", ("push_tokens", "0", "token")),
            ("browser", ("push_tokens", "1", "token")),
        )
    ]
    assert stored["customers"].count_documents({}) == 0


@pytest.mark.usefixtures("erased")
async def test_update_and_upsert_and_revert_refuse_it(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, given_name="Joe", email="joe@example.org")
    saved = await acts.update(
        ctx, doc["_id"], {"emails": {"add": [{"address": JANE}]}, "job_title": "Spy"}, once=Once("customerUpdate")
    )
    assert [(one.code, one.path) for one in saved.errors] == [
        ("IDENTIFIER_SUPPRESSED", ("emails", "add", "0", "address"))
    ]
    items = [
        acts.Item(None, {"emails": {"add": [{"address": JANE}]}, "given_name": "Jane"}),
        acts.Item(None, {"emails": {"add": [{"address": "joe@example.org"}]}, "phones": {"add": [{"number": PHONE}]}}),
        acts.Item(None, {"reference_id": "R-2"}),
    ]
    batch = await acts.upsert(ctx, items, once=Once("customersUpsert"), reject_all=False)
    assert [(one.outcome, [(error.code, error.path) for error in one.errors]) for one in batch.results] == [
        (Outcome.CONFLICT, [("IDENTIFIER_SUPPRESSED", ("items", "0", "set", "emails", "add", "0", "address"))]),
        (Outcome.CONFLICT, [("IDENTIFIER_SUPPRESSED", ("items", "1", "set", "phones", "add", "0", "number"))]),
        (Outcome.CREATE, []),
    ]
    assert stored["customers"].find_one({"_id": doc["_id"]})["version"] == 1


async def test_a_revert_does_not_bring_it_back(ctx: Context) -> None:
    doc = await a_customer(ctx, given_name="Joe", phones=[{"number": PHONE}])
    update = {"phones": {"remove": [doc["phones"][0]["id"]]}}
    assert (await acts.update(ctx, doc["_id"], update, once=Once("customerUpdate"))).applied
    other = await a_customer(ctx, phones=[{"number": PHONE}])
    await go(ctx, Act.ERASE, other["_id"])
    saved = await acts.revert(ctx, doc["_id"], 2, once=Once("customerRevert"))
    assert [one.code for one in saved.errors] == ["IDENTIFIER_SUPPRESSED"]


@pytest.mark.usefixtures("erased")
async def test_an_import_says_it_in_the_row_and_creates_nobody(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    data = csv_of(["email", "first name"], [JANE, "Jane"], ["joe@example.org", "Joe"])
    run = await planned(ctx, data)
    (batch,) = stored["run_rows"].find()
    rows = batch["personal"]["planned"]
    assert [(one["o"], [issue["code"] for issue in one.get("i", ())]) for one in rows] == [
        ("CONFLICT", ["IDENTIFIER_SUPPRESSED"]), ("CREATE", []),
    ]  # fmt: skip
    await applied(ctx, run)
    assert [doc["given_name"] for doc in stored["customers"].find()] == ["Joe"]


async def test_who_is_erased_between_plan_and_apply_stays_so(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    doc = await a_customer(ctx, email=JANE, given_name="Jane")
    data = csv_of(["email", "first name", "job title"], [JANE, "Jane", "Spy"], ["joe@example.org", "Joe", "Cook"])
    run = await planned(ctx, data)
    await go(ctx, Act.ERASE, doc["_id"])
    await applied(ctx, run)
    assert [doc["given_name"] for doc in stored["customers"].find()] == ["Joe"]


@pytest.mark.usefixtures("erased")
async def test_lifting_lets_it_come_back_and_is_logged(ctx: Context, stored: Any, data: Ask) -> None:
    asked = {"kind": "EMAIL", "value": "JANE@example.org"}
    at = ctx.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found = (await data(ASK, asked, as_="privacy-officer"))["suppression"]
    assert found["suppressed"] is True
    assert found["at"].startswith(at[:19])
    wish = {**asked, "reason": "She asked for it."}
    answer = (await data(LIFT, {"input": {**wish, "dryRun": True}}, as_="privacy-officer"))["suppressionLift"]
    assert (answer["applied"], answer["errors"]) == (False, [])
    answer = (await data(LIFT, {"input": wish}, as_="privacy-officer"))["suppressionLift"]
    assert (answer["applied"], answer["suppression"]) == (True, {"suppressed": False, "at": None})
    (entry,) = stored["access_log"].find({"action": "suppression.lifted"})
    assert (entry["customer_id"], entry["personal"]) == (None, {"reason": "She asked for it."})
    assert (await data(ASK, asked, as_="owner"))["suppression"] == {"suppressed": False, "at": None}
    assert (await a_customer(ctx, email=JANE))["emails"][0]["normalized"] == JANE
    assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 4


async def test_lifting_is_refused(ctx: Context, data: Ask, gql: Ask) -> None:
    wish = {"kind": "EMAIL", "value": JANE, "reason": "She asked for it."}

    async def code(**change: Any) -> list[Any]:
        answer = (await data(LIFT, {"input": {**wish, **change}}))["suppressionLift"]
        assert answer["applied"] is False
        return [(one["code"], one["path"]) for one in answer["errors"]]

    assert await code() == [("NOT_SUPPRESSED", ["value"])]
    assert [one[0] for one in await code(reason=" ")] == ["REQUIRED"]
    assert [one[0] for one in await code(reason="x" * 501)] == ["TOO_LONG"]
    assert [one[0] for one in await code(value="nobody")] == ["INVALID_EMAIL"]
    assert [one[0] for one in await code(kind="PHONE", value="12")] == ["INVALID_PHONE"]
    assert [one[0] for one in await code(kind="CUSTOMER", value=ids.show(ids.CUSTOMER, ObjectId()))] == ["INVALID"]
    answer = await gql(LIFT, {"input": wish}, as_="data-admin")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_suppressing_again_leaves_alone_what_somebody_holds(ctx: Context, stored: Any) -> None:
    await a_customer(ctx, email="joe@example.org")
    names = [identifier_id(ctx.keys, "email", one) for one in (JANE, "joe@example.org")]
    now = ctx.now()
    for _ in range(2):
        found = await ctx.db.transact(lambda tx: suppression.suppress_ids(ctx, tx, names, now, RUN))
        assert found == [names[0]]
    assert {doc["_id"]: doc.get("suppressed") for doc in stored["identifiers"].find()} == {
        names[0]: {"at": now, "run_id": RUN},
        names[1]: None,
    }
