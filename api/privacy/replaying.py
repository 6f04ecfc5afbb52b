"""Erasures leave the database as a file, and are done again in a database that was restored from before them.

The file is one signed document a line: `{format, issuer, file, part, rows [{id, act, at, run, suppressed, lifted}]}`, and at
the end `{format, issuer, file, part, end: {rows}}`. `file` is drawn for each file, so that lines of two are not mixed up;
`lifted` are the identifiers that were suppressed with the person, and that somebody let come back since.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
from bson import ObjectId

# The kinds of runs that this starts are registered by it.
import api.privacy.acts  # noqa: F401
from api.core import ids, jws
from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Once
from api.core.keys import Keys
from api.core.mongo import Doc, Tx
from api.core.personal import Act
from api.customers import choosing, holding, suppression
from api.privacy import certificate_store, store
from api.privacy.requests import ACTS, KINDS, LOOK, Options
from api.runs import rules as runs
from api.runs.model import Run, RunPhase
from api.runs.selecting import CHUNKS_TOGETHER, IDS_PER_CHUNK, ChunkBatch

FORMAT = "regulars-erasures"
TITLE = "Erasures after a restore"
OVER = "It was over when this person went; the database was restored from before that."
KEPT = timedelta(days=8)
_CUT = "This file of erasures is not whole: parts of it are missing, or lines of two files are mixed."


# --- the file ---


async def lines(ctx: Context) -> AsyncIterator[str]:
    """Yield the lines of a file of everybody who went; nothing in it names anybody but by an old number."""
    file, part, count = secrets.token_hex(8), 0, 0
    async for docs in store.every_erasure(ctx):
        part, count = part + 1, count + len(docs)
        now = await suppression.suppressed_of(ctx, [one for doc in docs for one in doc["suppressed"]])
        yield _line(ctx, file, part, {"rows": [_row(doc, now) for doc in docs]})
    yield _line(ctx, file, part + 1, {"end": {"rows": count}})


def _line(ctx: Context, file: str, part: int, said: Doc) -> str:
    whole = {"format": FORMAT, "issuer": ctx.settings.url, "file": file, "part": part, **said}
    return ctx.keys.sign_document(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS))


def _row(doc: Doc, now: set[str]) -> Doc:
    return {
        "id": ids.show(ids.CUSTOMER, doc["_id"]),
        "act": doc["act"],
        "at": doc["at"].isoformat(),
        "run": ids.show(ids.RUN, doc["run_id"]),
        "suppressed": [one for one in doc["suppressed"] if one in now],
        "lifted": [one for one in doc["suppressed"] if one not in now],
    }


def _doc(row: Doc) -> Doc:
    return {
        "_id": ids.read(ids.CUSTOMER, row["id"]),
        "act": Act(row["act"]).value,
        "at": datetime.fromisoformat(row["at"]),
        "run_id": ids.read(ids.RUN, row["run"]),
        "suppressed": list(row["suppressed"]),
        "lifted": list(row["lifted"]),
    }


def pages(keys: Keys, text: Iterable[str]) -> Iterator[list[Doc]]:
    """Yield what a file says, some rows at a time.

    Raises Invalid: INVALID for what is no whole file of erasures, UNKNOWN_KEY, INVALID_SIGNATURE.
    """
    key_set = keys.key_set()
    part, count, file, is_over = 0, 0, None, False
    for line in text:
        if not line.strip():
            continue
        said = _said(jws.verify(line, key_set))
        part, file = part + 1, said["file"] if file is None else file
        if is_over or (said["file"], said["part"]) != (file, part):
            raise Invalid(_CUT)
        if "end" in said:
            is_over = said["end"]["rows"] == count
            continue
        count += len(said["rows"])
        yield [_doc(row) for row in said["rows"]]
    if not is_over:
        raise Invalid(_CUT)


def _said(payload: bytes) -> Any:
    said = orjson.loads(payload)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise Invalid("This is signed, but it is no file of erasures.")
    return said


# --- doing them again ---


@dataclass(slots=True)
class Replayed:
    """What doing them again came to."""

    rows: int = 0
    known: int = 0
    """Of these the restored database knew, as they were before its backup."""
    again: int = 0
    """Of these the restored database had the person, and has not any more."""
    suppressed: int = 0
    """Identifiers that may not come back."""
    left: list[str] = field(default_factory=list)
    """Persons who are still there."""
    is_clean: bool = True
    """Whether the searches afterwards found nothing."""


async def replay(ctx: Context, text: Callable[[], Iterable[str]], progress: Callable[[str], None]) -> Replayed:
    """Do everything again that a file says and this database does not know; `text` opens the file, which is read twice.

    Nothing is done before the whole file was checked. Safe to repeat. Legal holds are no hindrance: they were over when
    these persons went. Raises what `pages` raises.
    """
    answer, fresh, there = Replayed(), set[ObjectId](), dict[Act, list[ObjectId]]({one: [] for one in Act})
    for docs in pages(ctx.keys, text()):
        answer.rows += len(docs)
        known = await store.erasures(ctx, [doc["_id"] for doc in docs])
        new = [doc for doc in docs if known.get(doc["_id"], {}).get("at") != doc["at"]]
        answer.known += len(docs) - len(new)
        present = await choosing.whole(ctx, [doc["_id"] for doc in new])
        for one in present.values():
            if holding.is_held(one, ctx.now()):
                await holding.lift(ctx, Once("customerHoldLift"), one["_id"], OVER)
        fresh |= {doc["_id"] for doc in new}
        for doc in new:
            if doc["_id"] in present:
                there[Act(doc["act"])].append(doc["_id"])
    await _finish(ctx)
    for act, found in there.items():
        if found:
            progress(f"{len(found):,} persons to {act.value.lower()} again")
            answer.is_clean &= await _again(ctx, act, found)
    for docs in pages(ctx.keys, text()):
        new = [doc for doc in docs if doc["_id"] in fresh]
        answer.suppressed += await _recorded(ctx, new)
        left = await choosing.whole(ctx, [doc["_id"] for doc in new])
        answer.left += [ids.show(ids.CUSTOMER, one) for one in sorted(left)]
    answer.again = sum(map(len, there.values())) - len(answer.left)
    return answer


async def _finish(ctx: Context) -> None:
    """Go on with the run of an earlier replay that was cut off: its persons are gone already, but not yet everywhere."""
    due = [ObjectId(one) for one in await runs.due_runs(ctx)]
    for one in (await runs.many(ctx, due)).values():
        if one.kind in ACTS and one.title == TITLE:
            await runs.work(ctx, str(one.id))


async def _again(ctx: Context, act: Act, customer_ids: list[ObjectId]) -> bool:
    """Let them go by a run of its own, here and now; return whether its search found nothing."""
    found = [customer_ids[begin : begin + IDS_PER_CHUNK] for begin in range(0, len(customer_ids), IDS_PER_CHUNK)]
    options = Options(None, suppress=act is Act.ERASE, apply=True, apply_at=None, policy=None)
    doc = runs.draft(ctx, KINDS[act], RunPhase.PLAN, TITLE, options.doc)
    doc |= {"state": {"stage": LOOK, "chunks": len(found), "chunk": 0}, "total": len(customer_ids)}
    run = Run.of(doc)
    for first in range(0, len(found), CHUNKS_TOGETHER):
        some = found[first : first + CHUNKS_TOGETHER]
        batch = ChunkBatch(run, first, some, len(customer_ids), ctx.now() + KEPT)
        await ctx.db.transact(partial(batch.write, ctx))
    await runs.start(ctx, doc)
    await runs.work(ctx, str(run.id))
    made = (await certificate_store.many(ctx, [run.id])).get(run.id)
    return made is not None and bool(made["clean"])


async def _recorded(ctx: Context, docs: list[Doc]) -> int:
    """Record erasures as they were, and keep what they suppressed from coming back; return how many identifiers."""
    count = 0
    for doc in docs:
        names, lifted = doc["suppressed"], doc.pop("lifted")
        row = {**doc, "suppressed": sorted([*names, *lifted])}
        for begin in range(0, max(len(names), len(lifted), 1), suppression.MAX_TOGETHER):
            end = begin + suppression.MAX_TOGETHER

            async def body(tx: Tx, row: Doc = row, some: list[str] = names[begin:end]) -> int:
                kept = await suppression.suppress_ids(ctx, tx, some, row["at"], row["run_id"])
                await store.put_erasures(ctx, [row], tx)
                return len(kept)

            count += await ctx.db.transact(body)
            await ctx.db.transact(partial(_lifted, ctx, lifted[begin:end]))
    return count


async def _lifted(ctx: Context, identifier_ids: list[str], tx: Tx) -> None:
    # Going again suppressed them again.
    await suppression.lift_ids(ctx, tx, identifier_ids)
