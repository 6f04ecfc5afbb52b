"""Customers who go: what is kept of them, what is let go, and that nobody brings them back by accident."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts, clearing
from api.customers.clearing import Fate, Result
from api.history import rules as history
from tests.factories import a_customer

Doc = dict[str, Any]
RUN = ObjectId("0" * 23 + "7")


async def go(
    ctx: Context, act: Act, *customer_ids: ObjectId, suppress: bool = False, blank: bool = True
) -> list[Result]:
    """Let customers go as a run does: the act, then their history."""
    found = list((await clearing.gather(ctx, customer_ids)).values())
    at, new_ids = ctx.now(), clearing.random_ids(len(found))

    async def root(tx: Any) -> list[Result]:
        return await clearing.clear(ctx, tx, found, act, at, new_ids, suppress=suppress, run_id=RUN)

    results = await ctx.db.transact(root)
    gone = [one.gone for one in results if one.gone]

    async def rest(tx: Any) -> bool:
        return (await history.clear(ctx, tx, gone)).more

    while blank and await ctx.db.transact(rest):
        pass
    return results


async def test_erasing_takes_the_document_and_suppresses_what_found_her(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email="Jane@Example.org", phones=[{"number": "06 12345678"}], reference_id="R-1")
    (result,) = await go(ctx, Act.ERASE, doc["_id"])
    assert result.fate is Fate.GONE
    assert result.gone is not None
    assert stored["customers"].count_documents({}) == 0
    left = list(stored["identifiers"].find())
    assert sorted(one["type"] for one in left) == ["email", "phone", "reference_id"]
    assert all(one["suppressed"] == {"at": ctx.now(), "run_id": RUN} and one["holders"] == [] for one in left)
    assert sorted(result.suppressed) == sorted(one["_id"] for one in left)
    assert sorted(result.gone.names) == ["+31612345678", "06 12345678", "Jane@Example.org", "R-1", "jane@example.org"]
    change = stored["changes"].find_one()
    assert change["personal"] is None
    saved = await acts.create(ctx, {"emails": [{"address": "JANE@example.org"}]}, once=Once("customerCreate"))
    assert [(one.code, one.path) for one in saved.errors] == [("IDENTIFIER_SUPPRESSED", ("emails", "0", "address"))]


async def test_anonymizing_leaves_what_may_be_kept(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email="Jane@Example.org", given_name="Jane", locale="nl-NL", tags=["one"])
    (result,) = await go(ctx, Act.ANONYMIZE, doc["_id"])
    (kept,) = stored["customers"].find()
    assert kept["_id"] != doc["_id"]
    assert result.after == kept
    assert kept == {
        "_id": kept["_id"],
        "version": 1,
        "kind": "ANONYMOUS",
        "locale": "nl-NL",
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        "updated_at": datetime(2026, 3, 12, tzinfo=UTC),
        "anonymized_at": datetime(2026, 3, 12, tzinfo=UTC),
        "updated_by": {"kind": "SYSTEM", "id": "", "name": "Regulars"},
        "display_name": f"Anonymous {str(kept['_id'])[-4:]}",
        "sort_name": f"anonymous {str(kept['_id'])[-4:]}",
        "sort_last_seen": datetime(1970, 1, 1, tzinfo=UTC),
        "folded": {}, "words": {}, "tag_keys": [], "tokens": [], "heads": [], "trashed": False, "standing": [],
    }  # fmt: skip
    assert stored["identifiers"].count_documents({}) == 0
