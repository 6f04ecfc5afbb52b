"""Half of a crowd is erased, half anonymized; then no marker of theirs is anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import bson
import pytest
from redis import Redis

from api.core import ids
from api.core.context import Context
from api.core.keys import Keys
from api.core.queue import Job
from api.privacy.strings import texts
from api.runs import rules as runs
from jobs import certificates
from jobs.broker import Doorbell, connect, declare
from tests.conftest import SECRET, Clock
from tests.engines import TOKENS
from tests.planted import found_in
from tests.privacy.crowd import Data, One, crowd


class Marked(Protocol):
    """A person, and what nobody else has."""

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands wherever she does."""


SIZE = 50
PACKED = re.compile(r"[A-Za-z0-9+/_-]{24,}|%|\\\\u")
EVERYWHERE = {
    "access_log", "changes", "consent_ledger", "consent_quarantine", "customers", "exports", "file_parts", "files", "outbox",
    "run_rows", "runs",
}  # fmt: skip
"""The collections that hold texts about persons."""
ONE = """mutation ($id: ID!, $input: CustomerEraseInput!) { customerErase(id: $id, input: $input) {
  applied run { id } errors { code } } }"""
OTHER = """mutation ($id: ID!, $input: CustomerAnonymizeInput!) { customerAnonymize(id: $id, input: $input) {
  applied run { id } errors { code } } }"""
PLAN = """mutation ($input: PrivacyPlanInput!) { privacyPlan(input: $input) { applied run { id } errors { code message } } }"""
APPLY = """mutation ($id: ID!, $input: PrivacyApplyInput!) { privacyApply(id: $id, input: $input) {
  applied errors { code message } } }"""
LOOK = """query ($id: ID!) { run(id: $id) { status error { code message } title privacy { customers held missing
  figures { same } collections { collection cleared searched found } certificate { clean signed } } } }"""


async def work(ctx: Context, public: str) -> None:
    """Work on a run as a worker does."""
    await runs.work(ctx, str(ids.read(ids.RUN, public)))


async def gone(ctx: Context, data: Data, public: str) -> dict[str, Any]:
    """Work off a request, and return what its run says."""
    await work(ctx, public)
    run: dict[str, Any] = (await data(LOOK, {"id": public}))["run"]
    assert (run["status"], run["error"]) == ("SUCCEEDED", None)
    return run


async def singly(ctx: Context, data: Data, one: One, act: str) -> dict[str, Any]:
    """Let one person go by the button on her page."""
    name, query = ("customerErase", ONE) if act == "ERASE" else ("customerAnonymize", OTHER)
    sent = {"reason": f"letter of {one.mark}", "idempotencyKey": f"key {one.mark}"}
    answer = (await data(query, {"id": one.public, "input": sent}))[name]
    assert answer["errors"] == []
    return await gone(ctx, data, answer["run"]["id"])


async def together(ctx: Context, data: Data, people: list[One], act: str) -> dict[str, Any]:
    """Let many go by a plan that somebody reads and applies."""
    sent = {"act": act, "ids": [one.public for one in people], "reason": f"list with {people[0].mark}"}
    answer = (await data(PLAN, {"input": sent}))["privacyPlan"]
    assert answer["errors"] == []
    public = answer["run"]["id"]
    await work(ctx, public)
    planned = (await data(LOOK, {"id": public}))["run"]
    assert (planned["status"], planned["privacy"]["customers"]) == ("READY", len(people))
    answer = (await data(APPLY, {"id": public, "input": {"customers": len(people)}}))["privacyApply"]
    assert answer["errors"] == []
    return await gone(ctx, data, public)


def hits(stored: Any, people: Sequence[Marked]) -> list[str]:
    """Return where something of these persons stands: in the bytes of a document, packed in its texts, or encrypted."""
    found = set()
    keys = Keys(SECRET)
    marks = [mark for one in people for mark in one.marks]
    marks_here = [re.escape(mark) for mark in marks]
    # One address of the network is the beginning of another.
    marks_here += [rf"(?<![\d.]){re.escape(one.ip)}(?![\d.])" for one in people if isinstance(one, One)]
    word = re.compile("|".join(marks_here), re.IGNORECASE)
    for name in sorted(set(stored.list_collection_names()) - {TOKENS}):
        for doc in stored[name].find():
            raw = bson.encode(doc).replace(b"\0", b"").decode("latin-1")
            here = {("", one) for one in word.findall(raw)}
            for path, text in texts(doc):
                here |= {(path, one) for one in word.findall(opened(keys, text))}
                here |= {(path, one) for one in found_in(text, marks)} if PACKED.search(text) else set()
            found |= {f"{name}.{path}: {mark}" for path, mark in here}
    return sorted(found)


def places(found: Sequence[str]) -> set[str]:
    """Return the collections in which something was found."""
    return {one.partition(".")[0] for one in found}


def opened(keys: Keys, text: str) -> str:
    """Return what is encrypted in a text, and the text."""
    if re.match(r"[0-9a-f]{8}:[A-Za-z0-9+/]+=*$", text):
        return keys.decrypt(text)
    return text


def kept(redis: Any) -> str:
    """Return everything that a Redis holds."""
    read = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
    }
    return "\n".join(f"{key!r} {read[redis.type(key)](key)!r}" for key in redis.scan_iter())


def in_files(folder: Path, marks: list[str]) -> list[str]:
    """Return which files of ours hold a marker."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if found_in(file.read_text(errors="replace"), marks)]


@pytest.mark.timeout(600)
async def test_no_marker_of_who_went_is_anywhere(
    ctx: Context, stored: Any, data: Data, clock: Clock, log: BytesIO, redis_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ctx.db.rehearse = False
    broker = connect(redis_url)
    declare(broker)
    ring = Doorbell(broker)
    ctx = replace(ctx, settings=replace(ctx.settings, redis_url=redis_url), enqueue=ring)
    await ctx.enqueue(Job.MAIL, "0" * 24)
    people = await crowd(ctx, stored, data, clock, SIZE + 1, monkeypatch)
    *going, stays = people
    assert places(hits(stored, going[:1])) == EVERYWHERE
    clock.move(hours=1)
    reports = [await singly(ctx, data, one, "ERASE") for one in going[:3]]
    reports += [await singly(ctx, data, one, "ANONYMIZE") for one in going[3:6]]
    reports.append(await together(ctx, data, going[6:28], "ERASE"))
    reports.append(await together(ctx, data, going[28:50], "ANONYMIZE"))
    # What somebody wanted exported, and no worker came to: how she was looked for goes with the selection.
    for one in await runs.due_runs(ctx):
        await runs.work(ctx, one)
    assert hits(stored, going) == []
    assert hits(stored, [stays]) != []
    everybody = [mark for one in going for mark in one.marks]
    with Redis.from_url(redis_url) as plain:
        assert found_in(kept(plain), everybody) == []
    assert found_in(log.getvalue().decode(), everybody) == []
    assert in_files(tmp_path, everybody) == []
    for report in reports:
        assert_clean(report, tmp_path, ctx)
    assert [report["privacy"]["customers"] for report in reports] == [1] * 6 + [22] * 2
    assert [report["privacy"]["figures"]["same"] for report in reports[3:6]] == [True] * 3
    assert stored["customers"].count_documents({"anonymized_at": {"$ne": None}}) == 25


def assert_clean(report: dict[str, Any], folder: Path, ctx: Context) -> None:
    """Check a run's certificate as somebody else would."""
    made = report["privacy"]["certificate"]
    (folder / "certificate.json").write_text(made["signed"])
    lines, is_clean = certificates.verified(folder / "certificate.json", json.dumps(ctx.keys.key_set()))
    assert is_clean, [line for line in lines if line.startswith("FOUND")]
    assert made["clean"]
