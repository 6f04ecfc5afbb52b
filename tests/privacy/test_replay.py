"""A database that was restored from before an erasure has the persons again, until the erasures are replayed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Once
from api.core.keys import Keys
from api.core.personal import Act
from api.customers import acts, holding, suppression
from api.privacy import acting, replaying, store
from api.privacy.applying import HoldingBatch
from api.runs import rules as runs
from api.runs.selecting import Selection
from jobs.cli import app
from jobs.folder import Folder
from tests.conftest import SECRET, Clock
from tests.engines import TOKENS, Bare, drop_database, new_database, with_indexes
from tests.factories import a_customer
from tests.privacy.test_marker_hunt import hits

Doc = dict[str, Any]


class Someone:
    """A person, and what nobody else has."""

    def __init__(self, number: int) -> None:
        self.mark = f"mkr{number:02}q"
        self.email = f"{self.mark}@planted.example"
        self.marks = (self.mark,)


async def people(ctx: Context, begin: int, size: int) -> dict[Someone, Doc]:
    """Make persons who have a word of their own."""
    made = {}
    for number in range(begin, begin + size):
        one = Someone(number)
        made[one] = await a_customer(
            ctx, given_name=f"Given {one.mark}", email=one.email, reference_id=f"ref-{one.mark}", job_title=one.mark
        )
    return made


async def gone(ctx: Context, act: Act, docs: list[Doc]) -> None:
    """Let customers go."""
    run = await acting.start(ctx, act, Selection(ids=tuple(doc["_id"] for doc in docs)))
    await runs.work(ctx, str(run.id))
    assert (await runs.get_by_id(ctx, run.id)).status.value == "SUCCEEDED"


def copied(source: Any, target: Any) -> None:
    """Put every document of a database into an empty one, as a backup and a restore do."""
    for name in sorted(set(source.list_collection_names()) - {TOKENS}):
        docs = list(source[name].find())
        if docs:
            target[name].insert_many(docs)


@pytest.fixture
def backup(bare: Bare) -> Iterator[Any]:
    """An empty database for a copy."""
    name = new_database(bare)
    yield bare[name]
    drop_database(bare, name)


@pytest.fixture
def restored(bare: Bare) -> Iterator[Any]:
    """An empty database to restore into."""
    name = new_database(bare)
    yield with_indexes(bare[name])
    drop_database(bare, name)


def environment(ctx: Context, database: str) -> dict[str, str]:
    """Return the settings with which a command works on a database."""
    found = {"MONGODB_URL": ctx.settings.mongodb_url, "MONGODB_DATABASE": database, "REGULARS_SECRET": SECRET}
    return {**found, "REDIS_URL": "", "REGULARS_SECRET_OLD": "", "REGULARS_DATA_DIR": str(ctx.settings.data_dir)}


async def command(*arguments: str, env: dict[str, str]) -> tuple[int, str]:
    """Run a command of ours beside this loop, and return its exit code and what it said."""
    done = await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=env)
    return done.exit_code, done.output


async def erasures(ctx: Context) -> list[str]:
    """Return the lines of a file of erasures."""
    return [line async for line in replaying.lines(ctx)]


async def test_whoever_went_since_the_backup_is_gone_again(
    ctx: Context, stored: Any, backup: Any, restored: Any, tmp_path: Path, clock: Clock
) -> None:
    ctx.db.rehearse = False
    before, known = await people(ctx, 0, 23), await people(ctx, 30, 2)
    await gone(ctx, Act.ERASE, list(known.values()))
    held, moves, *_ = before
    await holding.put(ctx, Once("customerHold"), before[held]["_id"], "A lawsuit.", None)
    copied(stored, backup)
    # What happens after the backup, and is lost: a hold is over, an address is new, somebody comes and goes.
    clock.move(days=1)
    await holding.lift(ctx, Once("customerHoldLift"), before[held]["_id"], "It is over.")
    new = {"emails": {"add": [{"address": "mkr01q@new.example"}]}}
    assert (await acts.update(ctx, before[moves]["_id"], new, once=Once("customerUpdate"))).applied
    came = await people(ctx, 40, 1)
    *going, stays, other, third = before
    await gone(ctx, Act.ERASE, [before[one] for one in going[:10]] + list(came.values()))
    await gone(ctx, Act.ANONYMIZE, [before[one] for one in going[10:]])
    file = tmp_path / "erasures.jsonl"
    code, said = await command("erasures", str(file), env=environment(ctx, stored.name))
    assert (code, said.count("signed lines")) == (0, 1)
    assert "mkr" not in file.read_text()
    copied(backup, restored)
    assert len([one for one in going if hits(restored, [one])]) == 20
    code, said = await command("replay-erasures", str(file), env=environment(ctx, restored.name))
    assert code == 0, said
    assert said.splitlines()[-3:] == [
        "23 persons are in the file; 2 of them this database knew to be gone.",
        "20 were here and are gone again.",
        "23 addresses, numbers and ids cannot come back by themselves.",
    ]
    assert hits(restored, going) == []
    assert all(hits(restored, [one]) for one in (stays, other, third))
    assert restored["customers"].count_documents({}) == 3 + 10
    assert restored["customers"].count_documents({"anonymized_at": {"$ne": None}}) == 10
    assert {doc["_id"]: doc for doc in restored["erasures"].find()} == {
        doc["_id"]: doc for doc in stored["erasures"].find()
    }
    again = await command("replay-erasures", str(file), env=environment(ctx, restored.name))
    assert (again[0], "23 of them this database knew" in again[1]) == (0, True)
    assert "0 were here and are gone again." in again[1]


async def test_what_was_suppressed_is_refused_at_the_api_of_the_restored_database(
    ctx: Context, stored: Any, backup: Any, data: Any, clock: Clock
) -> None:
    ctx.db.rehearse = False
    (one, doc), (two, other) = (await people(ctx, 0, 2)).items()
    copied(stored, backup)
    clock.move(hours=1)
    await gone(ctx, Act.ERASE, [doc])
    await gone(ctx, Act.ANONYMIZE, [other])
    await suppression.lift(ctx, Once("suppressionLift"), "reference_id", f"ref-{one.mark}", "She buys again.")
    text = await erasures(ctx)
    for name in set(stored.list_collection_names()) - {TOKENS}:
        stored[name].delete_many({})
    copied(backup, stored)
    done = await replaying.replay(ctx, lambda: text, lambda _line: None)
    assert (done.rows, done.known, done.again, done.left, done.is_clean) == (2, 0, 2, [], True)
    create = (
        """mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { applied errors { code path } } }"""
    )
    refused = {"givenName": "X", "emails": [{"address": one.email}]}
    answer = (await data(create, {"input": refused}))["customerCreate"]
    assert (answer["applied"], [error["code"] for error in answer["errors"]]) == (False, ["IDENTIFIER_SUPPRESSED"])
    # What was lifted before the restore may come after it, too.
    lifted = {"givenName": "X", "referenceId": f"ref-{one.mark}"}
    assert (await data(create, {"input": lifted}))["customerCreate"]["applied"]
    allowed = {"givenName": "X", "emails": [{"address": two.email}]}
    assert (await data(create, {"input": allowed}))["customerCreate"]["applied"]


async def test_an_interrupted_replay_is_finished_by_the_next(
    ctx: Context, stored: Any, backup: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx.db.rehearse = False
    docs = await people(ctx, 0, 4)
    copied(stored, backup)
    clock.move(hours=1)
    await gone(ctx, Act.ERASE, list(docs.values()))
    text, rows = await erasures(ctx), list(stored["erasures"].find())
    for name in set(stored.list_collection_names()) - {TOKENS}:
        stored[name].delete_many({})
    copied(backup, stored)

    class Killed(BaseException):
        pass

    async def killed(*_: Any) -> Any:
        raise Killed

    for place, name in ((HoldingBatch, "write"), (replaying, "_recorded")):
        # First inside of the run, then behind it.
        clock.move(hours=1)
        with monkeypatch.context() as during:
            during.setattr(place, name, killed)
            with pytest.raises(Killed):
                await replaying.replay(ctx, lambda: text, lambda _line: None)
    clock.move(hours=1)
    done = await replaying.replay(ctx, lambda: text, lambda _line: None)
    assert (done.again, done.left, done.suppressed) == (0, [], 8)
    assert list(stored["erasures"].find()) == rows
    assert hits(stored, list(docs)) == []
    assert {doc["status"] for doc in stored["runs"].find()} == {"SUCCEEDED"}


async def test_a_file_that_is_not_whole_does_nothing(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx.db.rehearse = False
    monkeypatch.setattr(store, "READ", 2)
    docs = await people(ctx, 0, 5)
    await gone(ctx, Act.ERASE, list(docs.values()))
    text, other = await erasures(ctx), await erasures(ctx)
    assert len(text) == 4
    assert sum(map(len, replaying.pages(ctx.keys, text))) == 5
    broken = {
        "cut off": text[:-1],
        "a line is missing": [*text[:1], *text[2:]],
        "the first is missing": text[1:],
        "in another order": [text[1], text[0], *text[2:]],
        "a line twice": [text[0], *text],
        "of two files": [*text[:2], *other[2:]],
        "more behind the end": [*text, text[0]],
        "empty": [],
    }
    for name, lines in broken.items():
        with pytest.raises(Invalid) as refused:
            await replaying.replay(ctx, lambda lines=lines: lines, lambda _line: None)
        assert refused.value.message == replaying._CUT, name
    for lines, code in (
        ([text[0].replace("a", "b", 1), *text[1:]], "INVALID"),
        (['{"a": 1}'], "INVALID"),
        ([Keys("another secret, of another installation").sign_document(b"{}")], "UNKNOWN_KEY"),
        ([ctx.keys.sign_document(b'{"format": "regulars-certificate"}')], "INVALID"),
        ([ctx.keys.sign_document(b"[]")], "INVALID"),
    ):
        with pytest.raises(Invalid) as refused:
            await replaying.replay(ctx, lambda lines=lines: lines, lambda _line: None)
        assert refused.value.code == code
    missing = await command("replay-erasures", "no such file", env=environment(ctx, stored.name))
    assert missing == (1, "no such file cannot be read as text.\n")


async def test_after_a_rotation_the_old_secret_still_reads_the_file(ctx: Context) -> None:
    ctx.db.rehearse = False
    text = await erasures(ctx)
    rotated = replace(ctx, keys=Keys("a newer secret, twice as good as old", SECRET))
    done = await replaying.replay(rotated, lambda: text, lambda _line: None)
    assert done.rows == 0


async def test_the_embedded_database_of_a_folder_is_started_for_the_replay_and_nothing_else(
    ctx: Context, tmp_path: Path
) -> None:
    file = tmp_path / "erasures.jsonl"
    file.write_text("\n".join(await erasures(ctx)))
    own = {"REGULARS_DATA_DIR": str(tmp_path / "data"), "REGULARS_SECRET": SECRET}
    env = {**dict.fromkeys(("MONGODB_URL", "MONGODB_DATABASE", "REDIS_URL", "REGULARS_SECRET_OLD"), ""), **own}
    code, said = await command("replay-erasures", str(file), env=env)
    assert (code, "MONGODB_URL is not set" in said) == (1, True)
    (tmp_path / "data" / "mongo").mkdir(parents=True)
    code, said = await command("replay-erasures", str(file), env=env)
    assert (code, said.splitlines()[0]) == (0, "0 persons are in the file; 0 of them this database knew to be gone.")
    assert not Folder.of(env).is_held()
