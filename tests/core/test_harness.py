"""The tools of the tests do what they promise."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import structlog

from api.access.model import ALL
from api.core.context import Context
from api.core.keys import Keys
from tests.conftest import SECRET, Ask, Clock, Commands
from tests.engines import Bare, drop_database
from tests.factories import a_customer
from tests.log_scan import personal_in
from tests.whole.fold import faults_of


async def test_who_asks_is_an_argument(data: Ask) -> None:
    query = "{ viewer { kind permissions } }"
    assert (await data(query, as_="anonymous")) == {"viewer": None}
    viewer = (await data(query, as_="viewer"))["viewer"]
    assert (viewer["kind"], sorted(viewer["permissions"])) == (
        "USER",
        ["consent.read", "customer.pii.read", "customer.read", "run.read"],
    )
    assert (await data(query, as_="key"))["viewer"]["kind"] == "API_KEY"
    assert len((await data(query, as_="owner"))["viewer"]["permissions"]) == len(ALL)


async def test_the_clock_moves_when_told(ctx: Context, clock: Clock) -> None:
    before = ctx.now()
    clock.move(hours=2)
    assert (ctx.now() - before).total_seconds() == 7200


async def test_commands_are_counted_without_rehearsals(ctx: Context, commands: Commands) -> None:
    with commands() as sent:
        await a_customer(ctx, email="one@planted.example")
    assert sent == ["find identifiers", "update identifiers", "insert customers", "insert changes", "commit"]


def test_a_strange_database_is_not_dropped(bare: Bare) -> None:
    with pytest.raises(RuntimeError):
        drop_database(bare, "regulars_test_that_nobody_made")
    with pytest.raises(RuntimeError):
        drop_database(bare, "regulars")


def test_personal_values_are_found_in_logs(log: BytesIO) -> None:
    structlog.get_logger().info("saved", email="sanne@planted.example", phone="+31612345678", iban="NL91ABNA0417164300")
    text = log.getvalue().decode()
    log.seek(0)
    log.truncate()
    assert personal_in(text) == ["+31612345678", "NL91ABNA0417164300", "sanne@planted.example"]


@pytest.mark.tampered
@pytest.mark.parametrize(
    ("collection", "change", "said"),
    [
        ("customers", {"$set": {"job_title": "Spy"}}, "is not what its changes add up to"),
        ("customers", {"$set": {"version": 3}}, "has version 3, its changes [1]"),
        ("customers", {"$set": {"sort_name": "zzz"}}, "has derived values that do not follow from it"),
        ("changes", {"$set": {"personal.paths.0.before": "x"}}, "says a wrong `before`"),
        ("identifiers", {"$set": {"holders": []}}, "do not agree with the customers"),
    ],
)
async def test_a_tampered_database_is_found(
    ctx: Context, stored: Any, collection: str, change: dict[str, Any], said: str
) -> None:
    await a_customer(ctx, email="one@planted.example")
    assert faults_of(stored, Keys(SECRET)) == []
    stored[collection].update_one({}, change)
    assert any(said in one for one in faults_of(stored, Keys(SECRET)))


@pytest.mark.tampered
async def test_a_collection_that_no_room_declares_is_found(stored: Any) -> None:
    stored["notes"].insert_one({"text": "hello"})
    assert faults_of(stored, Keys(SECRET)) == ["notes is declared by no room"]
