"""Erasing while a partner sends consents of the person and an import writes her row: she stays erased, round after round.

All rules run in this process, each of the three over a connection that waits a random moment before each command, so that
they cut into each other at another place in every round. What fails names the seed of its round.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from bson import CodecOptions
from bson.raw_bson import RawBSONDocument

from api.consent import recording
from api.core import ids
from api.core.context import Context, utc_now
from api.core.errors import RegularsError
from api.core.idempotency import Once
from api.core.mongo import Collection, Database
from api.core.personal import Act
from api.customers.rules import identifier_id
from api.imports import rules as imports
from api.imports.model import ColumnRule, RowOutcome
from api.privacy import acting, asking
from api.runs import rules as runs
from api.runs.model import Run, RunStatus
from api.runs.selecting import Selection
from tests.consent.world import PARTNER, faults
from tests.factories import a_customer
from tests.imports.consents import HEADER, NEWS, OFFICER, PROOF
from tests.imports.steps import as_admin, csv_of, uploaded
from tests.privacy.steps import worked

TOGETHER = 25
"""Rounds in one database: the search of each run reads all that the others left."""
CHUNKS, MANY_CHUNKS = 4, 20
CONSENT_ONLY = replace(PARTNER, permissions=frozenset({"consent.record"}))
PAUSES = (0, 0, 0, 0.001, 0.005)
"""Seconds before a command."""
LONGEST_SECONDS = 0.1
"""Before one of the three does something."""
ATTEMPTS = 3
"""Of a worker: rows that were blanked while they were written are read anew."""
COMMANDS = (
    "find",
    "find_one",
    "aggregate",
    "insert_one",
    "insert_many",
    "bulk",
    "update_one",
    "change_one",
    "delete_one",
)
SEARCHED = ("customers", "changes", "consent_ledger", "consent_quarantine", "outbox", "run_rows")
RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
ASKED = (
    {"channel": "EMAIL", "purpose": "MARKETING"}, {"channel": "EMAIL", "purpose": "SERVICE"}, {"do_not_sell": True},
    {"channel": "POST", "purpose": "MARKETING"},
)  # fmt: skip


# --- connections that hesitate ---


class Hesitant(Collection):
    """A collection that waits a random moment before each command."""

    dice: Random


def _hesitating(name: str) -> Any:
    plain = getattr(Collection, name)

    async def command(self: Hesitant, *arguments: Any, **more: Any) -> Any:
        await asyncio.sleep(self.dice.choice(PAUSES))
        return await plain(self, *arguments, **more)

    return command


for one in COMMANDS:
    setattr(Hesitant, one, _hesitating(one))


class Hesitating(Database):
    """A database of such collections."""

    def __init__(self, database: Database, dice: Random) -> None:
        """Use the same client."""
        super().__init__(database.client, database.name)
        self._dice = dice

    def __getitem__(self, name: str) -> Collection:
        """Return a collection by name."""
        found = Hesitant(self._inner[name], name)
        found.dice = self._dice
        return found


# --- one round ---


class Round:
    """One person who goes, while others write of her."""

    def __init__(self, ctx: Context, seed: int) -> None:
        """Draw her."""
        self.seed, self.dice, self._ctx = seed, Random(seed), ctx
        self.mark = f"mk{seed:04}x"
        self.address, self.other = f"{self.mark}@planted.example", f"other{seed}@planted.example"
        self.file = ""
        self.planned: Run | None = None
        self.imported: Run | None = None
        self.said: Counter[str] = Counter()

    def ctx(self) -> Context:
        """Return a context with a connection of its own."""
        return replace(self._ctx, db=Hesitating(self._ctx.db, Random(self.dice.random())), clock=utc_now, memo={})

    async def play(self) -> Run:
        """Make her, let the three go at once, and return the run that erased her."""
        dice, ctx = self.dice, self.ctx()
        person = await a_customer(ctx, email=self.address, given_name=self.mark, phones=[{"number": self._phone()}])
        for _ in range(dice.randrange(3)):
            await self._send(ctx)
        rows = [self.address, dice.choice(["yes", "no", ""]), self.mark], [self.other, "yes", "Baker"]
        self.file = await uploaded(as_admin(ctx), csv_of([*HEADER, "job"], *rows))
        if dice.random() < 0.7:
            self.planned = await self._plan(ctx)
        erasing = await acting.start(ctx, Act.ERASE, Selection(ids=(person["_id"],)), apply=False)
        await runs.work(ctx, str(erasing.id))
        erased, _, _ = await asyncio.gather(self._erase(erasing), self._partner(), self._import())
        return erased

    def _phone(self) -> str:
        return f"+3161{self.seed:07}"

    async def _erase(self, planned: Run) -> Run:
        ctx = self.ctx()
        await self._pause()
        await asking.apply(ctx, Once("privacyApply"), ids.show(ids.RUN, planned.id), 1)
        return await worked(ctx, planned)

    async def _pause(self) -> None:
        await asyncio.sleep(self.dice.random() * LONGEST_SECONDS)

    async def _partner(self) -> None:
        ctx = self.ctx()
        for _ in range(self.dice.randrange(2, 6)):
            await self._pause()
            await self._send(ctx)

    async def _send(self, ctx: Context) -> None:
        dice = self.dice
        item = {
            "identifier": {"email": self.address}, **dice.choice(ASKED), "evidence": {"note": f"Said by {self.mark}"},
            "state": dice.choice(["GRANTED", "GRANTED", "PENDING", "WITHDRAWN", "DENIED"]), "collected_at": utc_now(),
        }  # fmt: skip
        (found,) = await recording.record(ctx.as_(CONSENT_ONLY), [item], [Once("consentRecord")])
        codes = [one.code for one in found.errors]
        assert codes in ([], ["IDENTIFIER_SUPPRESSED"]), codes
        self.said["refused" if codes else "recorded" if found.applied else "needless"] += 1

    async def _plan(self, ctx: Context) -> Run:
        wanted = [*NEWS, (2, "job_title", ColumnRule.OVERWRITE)]
        proof = self.dice.choice([PROOF, {**PROOF, "basis": None}])
        officer = ctx.as_(OFFICER)
        run, _ = await imports.plan(officer, Once("importPlan"), self.file, wanted, consent=proof)
        assert run
        await runs.work(ctx, str(run.id))
        return await runs.get_by_id(ctx, run.id)

    async def _import(self) -> None:
        ctx = self.ctx()
        await self._pause()
        run = self.planned or await self._plan(ctx)
        if run.status is RunStatus.READY:
            try:
                await imports.apply(as_admin(ctx), Once("importApply"), ids.show(ids.RUN, run.id))
            except RegularsError as error:
                assert error.code == "NOT_READY", error.code
            for _ in range(ATTEMPTS):
                await runs.work(ctx, str(run.id))
        self.imported = await runs.get_by_id(ctx, run.id)


def left_of(stored: Any, mark: str) -> Iterator[str]:
    """Yield where a mark still stands."""
    for name in SEARCHED:
        for doc in stored.get_collection(name, codec_options=RAW).find():
            if mark.encode() in doc.raw and not (name == "run_rows" and _came_later(doc, mark)):
                yield f"{name} {doc['_id']}"


def _came_later(doc: RawBSONDocument, mark: str) -> bool:
    """Tell whether a row was planned only after she went: it is refused, and somebody else's word."""
    hers = [row for row in doc["personal"]["planned"] if mark.encode() in row.raw]
    return bool(hers) and all(row["o"] == RowOutcome.CONFLICT for row in hers)


async def raced(ctx: Context, stored: Any, seeds: range) -> None:
    """Play rounds, and look after each."""
    ctx.db.rehearse = False
    said: Counter[str] = Counter()
    for seed in seeds:
        one = Round(ctx, seed)
        run = await one.play()
        assert (run.status, run.outcome.get("GONE")) == (RunStatus.SUCCEEDED, 1), (seed, run.error)
        assert stored["customers"].find_one({"emails.normalized": one.address}) is None, seed
        known = stored["identifiers"].find_one({"_id": identifier_id(ctx.keys, "email", one.address)})
        assert ("suppressed" in known, known["holders"]) == (True, []), seed
        assert list(left_of(stored, one.mark)) == [], seed
        assert one.imported
        if one.imported.status is RunStatus.SUCCEEDED:
            # Whoever stands in the same file comes all the same.
            assert stored["customers"].count_documents({"emails.normalized": one.other, "job_title": "Baker"}) == 1, (
                seed
            )
        said += one.said
        said[f"import {one.imported.status}"] += 1
        said += Counter(f"row {name}" for name in one.imported.outcome)
    assert min(said[one] for one in ("refused", "recorded", "needless")) > 0, said
    assert await faults(replace(ctx, clock=utc_now)) == []


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_a_hundred_rounds(ctx: Context, stored: Any, chunk: int) -> None:
    await raced(ctx, stored, range(chunk * TOGETHER, (chunk + 1) * TOGETHER))


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(MANY_CHUNKS))
async def test_five_hundred_rounds(ctx: Context, stored: Any, chunk: int) -> None:
    await raced(ctx, stored, range(chunk * TOGETHER, (chunk + 1) * TOGETHER))
