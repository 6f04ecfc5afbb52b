"""What anonymizing leaves of 200 random customers: exactly what the declarations keep, and nothing else of anybody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import bson
import pytest
from bson import ObjectId

from api.core.context import SYSTEM, Context
from api.core.fields import Anonymize
from api.core.mongo import Tx
from api.core.personal import Act
from api.customers import clearing, edits, rules, values
from api.customers.model import FIELDS, LISTS
from api.history.model import PathChange
from tests.conftest import Clock
from tests.customers.going import go
from tests.exports.people import stored as random_customer

Doc = dict[str, Any]
PEOPLE, TOGETHER, SEED = 200, 25, 20260312
LANGUAGES = {"nl-NL": "nl-NL", "zh-Hant": "zh", "en": "en"}
ALWAYS = {
    "version": 1, "kind": "ANONYMOUS", "updated_by": SYSTEM.actor, "standing": [], "folded": {}, "words": {}, "tag_keys": [],
    "tokens": [], "heads": [],
}  # fmt: skip
SHORT = 5
"""Texts of fewer letters stand in anything by chance."""


def day(moment: datetime) -> datetime:
    """Return the beginning of a day, said in another way than the program does."""
    return moment - timedelta(
        hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )


def kept_of(doc: Doc, new_id: ObjectId, now: datetime) -> Doc:
    """Return what must be left of a customer, word for word."""
    end = str(new_id)[-4:]
    wanted: Doc = {
        **ALWAYS,
        "_id": new_id,
        "created_at": day(doc["created_at"]) - timedelta(days=doc["created_at"].day - 1),
        "updated_at": day(doc["updated_at"]),
        "anonymized_at": day(now),
        "display_name": f"Anonymous {end}",
        "sort_name": f"anonymous {end}",
        "sort_last_seen": datetime(1970, 1, 1, tzinfo=now.tzinfo),
        "trashed": False,
    }
    if "last_seen_at" in doc:
        wanted["last_seen_at"] = wanted["sort_last_seen"] = day(doc["last_seen_at"])
    if "locale" in doc:
        wanted["locale"] = LANGUAGES[doc["locale"]]
    if "time_zone" in doc:
        wanted["time_zone"] = doc["time_zone"]
    return wanted


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, names of keys left out."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


async def crowd(ctx: Context, clock: Clock) -> list[Doc]:
    """Save random customers, as somebody creates them, some of them twice."""
    dice, people = random.Random(SEED), []
    for start in range(0, PEOPLE, TOGETHER):
        clock.move(days=9, hours=dice.randrange(24), seconds=dice.randrange(3_600), milliseconds=dice.randrange(1_000))
        docs = [random_customer(ctx, dice, n, ObjectId()) for n in range(start, start + TOGETHER)]
        for doc in docs:
            if dice.random() < 0.2:
                doc.pop("reference_id", None)
        people += await ctx.db.transact(lambda tx, docs=docs: _saved(ctx, tx, docs))  # type: ignore[misc]
    return people


async def _saved(ctx: Context, tx: Tx, docs: list[Doc]) -> list[Doc]:
    decisions = []
    known = rules.Book()
    for doc in docs:
        paths = list(_paths(edits.declared(doc)))
        decision = rules.settle(ctx, known, doc["_id"], paths)
        assert decision.writes, decision.problems
        known.accept(decision, ctx.keys)
        decisions.append(decision)
    await rules.save(ctx, tx, decisions)
    return [one.after for one in decisions]


def _paths(declared: Doc) -> Iterator[PathChange]:
    for name, value in declared.items():
        if name in LISTS:
            yield from (PathChange(f"{name}.{item['id']}", None, item) for item in value)
        elif name == "tags":
            yield from (PathChange(f"tags.{values.fold(word)}", None, word) for word in value)
        else:
            yield PathChange(name, None, value)


async def test_200_random_customers(ctx: Context, stored: Any, clock: Clock) -> None:
    ctx.db.rehearse = False
    people = await crowd(ctx, clock)
    now = clock.move(days=3)
    results = []
    for start in range(0, PEOPLE, 50):
        results += await go(ctx, Act.ANONYMIZE, *(doc["_id"] for doc in people[start : start + 50]))
    docs = {doc["_id"]: doc for doc in stored["customers"].find()}
    changes = {doc["customer_id"]: doc for doc in stored["changes"].find({"action": "ANONYMIZE"})}
    assert (len(docs), len(changes)) == (PEOPLE, PEOPLE)
    assert not docs.keys() & {doc["_id"] for doc in people}
    for doc, result in zip(people, results, strict=True):
        assert result.after
        new_id = result.after["_id"]
        wanted = kept_of(doc, new_id, now)
        assert docs[new_id] == wanted
        declared = {
            name: wanted[name] for name in ("locale", "time_zone", "last_seen_at", "anonymized_at") if name in wanted
        }
        change = changes[new_id]
        paths = change["personal"].pop("paths")
        assert {one["path"]: (one["before"], one["after"]) for one in paths} == {
            name: (None, value) for name, value in declared.items()
        }
        assert change == {
            "_id": new_id, "customer_id": new_id, "version": 1, "at": day(now), "actor": SYSTEM.actor, "source": "SYSTEM",
            "action": "ANONYMIZE", "run": None, "reverts": None, "personal": {"reason": None},
        }  # fmt: skip
        change["personal"]["paths"] = paths
        _says_nothing_of(doc, [docs[new_id], changes[new_id]])
    assert stored["identifiers"].count_documents({}) == 0


def _says_nothing_of(before: Doc, after: list[Doc]) -> None:
    """Fail for any text of what had to go, and for the old id, in the bytes of what is there."""
    raw = b"".join(bson.encode(doc) for doc in after)
    gone = [name for name, spec in FIELDS.items() if spec.field.anonymize is Anonymize.REMOVE]
    said = {one for name in gone for one in texts(before.get(name)) if len(one) >= SHORT and one != "OTHER"}
    assert [one for one in said if one.encode() in raw] == []
    assert before["_id"].binary not in raw
    assert str(before["_id"]).encode() not in raw


def test_new_ids_say_nothing_about_when_and_in_which_order() -> None:
    ids = clearing.random_ids(10_000)
    assert len(set(ids)) == 10_000
    assert ids != sorted(ids)
    # An id of the driver begins with the second, and its counter goes up by one.
    assert len({one.binary[:4] for one in ids}) > 9_900
    assert len({int.from_bytes(b.binary) - int.from_bytes(a.binary) for a, b in pairwise(ids)}) == 9_999


@pytest.mark.unit
def test_a_list_is_never_kept() -> None:
    """Items have ids, which the old history still names."""
    assert [
        name for name, spec in FIELDS.items() if spec.is_list and spec.field.anonymize is not Anonymize.REMOVE
    ] == []


@pytest.mark.unit
def test_a_moment_is_never_kept_to_the_second() -> None:
    exact = datetime(2026, 3, 12, 9, 30, 17, 123_000, UTC)
    kept = [spec for spec in FIELDS.values() if spec.python is datetime and spec.name != "anonymized_at"]
    assert [spec.name for spec in kept] == ["last_seen_at", "created_at", "updated_at", "trashed_at"]
    for spec in kept:
        assert spec.field.generalize
        assert spec.field.generalize(exact) in {datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)}
