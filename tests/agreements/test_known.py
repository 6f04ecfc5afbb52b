"""What other rooms ask: all that can be agreed to in one command, the version at a moment, the text of a language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.agreements import rules
from api.agreements.model import Known, TermVersion
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Tx
from tests.conftest import Clock, Commands

START = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def a_version(*locales: str) -> TermVersion:
    return TermVersion(1, START, START, {}, {locale: f"hash of {locale}" for locale in locales})


@pytest.mark.unit
@pytest.mark.parametrize(
    ("locale", "found"),
    [
        ("nl-BE", "nl-BE"),
        ("nl", "nl"),
        ("nl-NL", "nl"),
        ("en-GB", "en-US"),
        ("en", "en-US"),
        ("de", "fr"),
        ("e", "fr"),
        ("", "fr"),
        (None, "fr"),
    ],
)
def test_the_text_of_a_language(locale: str | None, found: str) -> None:
    version = a_version("fr", "nl", "nl-BE", "en-US")
    assert (version.locale_for(locale), version.hash_for(locale)) == (found, f"hash of {found}")


@pytest.mark.unit
def test_without_texts_there_is_no_hash() -> None:
    assert a_version().hash_for("nl") is None


@pytest.mark.unit
def test_an_empty_database_knows_the_purposes() -> None:
    known = Known.of(())
    assert list(known.purposes) == ["MARKETING", "SERVICE", "PROFILING", "SHARING"]
    assert (known.terms, known.lists) == ({}, {})


async def test_the_version_in_force_at_a_moment(ctx: Context, clock: Clock) -> None:
    await rules.create_term(ctx, "news", "News", None, [("nl", "1")], START - 10 * DAY, Once("termCreate"))
    clock.move(days=5)
    for text, begins in (("2", None), ("3", None), ("4", START + 9 * DAY)):
        await rules.add_version(ctx, "news", [("nl", text)], begins, Once("termVersionAdd"))
    term = (await rules.known(ctx)).terms["news"]
    assert [one.number for one in term.versions] == [1, 2, 3, 4]
    at = [
        START - 11 * DAY,
        START - 10 * DAY,
        START + 5 * DAY - timedelta(milliseconds=1),
        START + 5 * DAY,
        START + 9 * DAY,
    ]
    found = [term.version_at(moment) for moment in at]
    assert [one and one.number for one in found] == [None, 1, 1, 3, 4]
    assert term.version(3) == term.versions[2]
    assert term.version(5) is None


async def test_it_is_asked_once_a_request(ctx: Context, commands: Commands) -> None:
    with commands() as sent:
        first = await rules.known(ctx)
        assert await rules.known(ctx) is first
    assert sent == ["find agreements"]


async def test_a_policy_is_written_with_who_and_when(ctx: Context, stored: Any, commands: Commands) -> None:
    await rules.create_purpose(ctx, "SURVEYS", "Surveys", None, Once("purposeCreate"))
    await rules.known(ctx)
    now = ctx.now()

    async def body(tx: Tx) -> None:
        await rules.set_policy(ctx, tx, {"MARKETING": (True, False), "SURVEYS": (True, True)}, now)

    with commands() as sent:
        await ctx.db.transact(body)
    assert sent == ["update agreements", "commit"]
    purposes = (await rules.known(ctx)).purposes
    assert {key: (one.allow_unknown, one.allow_implicit) for key, one in purposes.items()} == {
        "MARKETING": (True, False), "SERVICE": (False, True), "PROFILING": (False, False), "SHARING": (False, False),
        "SURVEYS": (True, True),
    }  # fmt: skip
    assert purposes["MARKETING"].name == "Marketing"
    doc = stored["agreements"].find_one({"_id": "purpose:MARKETING"})
    assert doc == {
        "_id": "purpose:MARKETING", "kind": "purpose", "allow_unknown": True, "allow_implicit": False,
        "updated_at": now, "updated_by": {"kind": "SYSTEM", "id": "", "name": "Regulars"},
    }  # fmt: skip


async def test_a_policy_for_nothing_makes_nothing(ctx: Context, stored: Any) -> None:
    now = ctx.now()

    async def body(tx: Tx) -> None:
        await rules.set_policy(ctx, tx, {"NONE": (True, True)}, now)

    await ctx.db.transact(body)
    assert stored["agreements"].count_documents({}) == 0
