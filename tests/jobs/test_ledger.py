"""`regulars verify-ledger`: what is checked and what is wrong, in words; the exit code tells scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.consent import sealing, verifying
from api.core.context import Context, utc_now
from jobs.cli import app
from tests.conftest import SECRET, Clock
from tests.consent.hand import Hand
from tests.consent.world import Copy, build

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
async def verify(ctx: Context, clock: Clock, mongodb_url: str, database_name: str, tmp_path: Path) -> Run:
    """Run the command on a sealed world of the last days."""
    clock.now = utc_now() - timedelta(days=5)
    await build(ctx, clock)
    clock.now = utc_now()
    await sealing.sweep(ctx)
    env = {
        "MONGODB_URL": mongodb_url, "MONGODB_DATABASE": database_name, "REGULARS_SECRET": SECRET, "REDIS_URL": "",
        "REGULARS_DATA_DIR": str(tmp_path),
    }  # fmt: skip

    async def run(*arguments: str, **more: str) -> Result:
        # The command has an event loop of its own.
        return await asyncio.to_thread(CliRunner().invoke, app, ["verify-ledger", *arguments], env={**env, **more})

    return run


async def test_a_ledger_that_holds(verify: Run, stored: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = stored["consent_ledger"].count_documents({})
    subjects = len(stored["consent_ledger"].distinct("subject"))
    said = f"{total} entries of {subjects} addresses and persons were checked.\n"
    done = await verify()
    assert (done.exit_code, done.output) == (0, f"{said}The ledger holds.\n")
    left = tmp_path / "seals"
    days = [one["signature"] for one in stored["consent_seals"].find()]
    left.write_text("\n".join(days))
    other = tmp_path / "one"
    other.write_text(days[0])
    monkeypatch.setattr(verifying, "BUDGET", 50)
    done = await verify("--seal", str(left), "--seal", str(other))
    compared = f"{len(days) + 1} seals that left the database were compared.\n"
    assert (done.exit_code, done.stdout) == (0, f"{said}{compared}The ledger holds.\n")
    lines = done.stderr.splitlines()
    assert len(lines) > 5
    assert lines[-1] == f"{total} entries of {subjects} addresses and persons so far, 0 faults"


@pytest.mark.tampered
async def test_a_ledger_that_does_not(verify: Run, stored: Any, ctx: Context, tmp_path: Path) -> None:
    copy = Copy(stored)
    doc = stored["consent_ledger"].find_one({"seq": 2})
    Hand(stored, None).put(doc, hash=doc["hash"][:-1] + ("A" if doc["hash"][-1] != "A" else "B"))  # type: ignore[arg-type]
    done = await verify()
    assert done.exit_code == 1
    first, second = done.stdout.splitlines()[:2]
    assert first == (
        f"EDITED: chain {doc['subject']}, entry 2, cen_{doc['_id']}: It is not what was recorded, or does not follow the one before it."
    )
    assert second.startswith("SEAL: The entries of ")
    assert done.stderr.splitlines()[-1] == "The ledger does not hold: 2 faults."
    copy.put_back()
    left = tmp_path / "seals"
    left.write_text("\n".join(one["signature"] for one in stored["consent_seals"].find()))
    # All is put back to what it was a while ago, and sealed anew.
    owner = stored["identifiers"].find_one({"head.seq": {"$gte": 3}})
    hand = Hand(stored, None)  # type: ignore[arg-type]
    docs = hand.chain(owner)
    stored["consent_ledger"].delete_one({"_id": docs[-1]["_id"]})
    hand.project(owner, docs[:-1])
    stored["consent_seals"].delete_many({})
    await sealing.sweep(ctx)
    assert (await verify()).exit_code == 0
    done = await verify("--seal", str(left))
    assert done.exit_code == 1
    assert done.stdout.startswith("SEAL: The seal of ")
    done = await verify(REGULARS_SECRET="another5ecret-of-this-installation-4711")
    assert done.exit_code == 1
    assert done.stdout.startswith("KEY_MISSING: chain ")


async def test_files_without_a_seal(verify: Run, tmp_path: Path) -> None:
    none, empty = tmp_path / "none", tmp_path / "empty"
    empty.write_text("no seal\n")
    done = await verify("--seal", str(none))
    assert (done.exit_code, done.output) == (1, f"{none} cannot be read as text.\n")
    done = await verify("--seal", str(empty))
    assert (done.exit_code, done.output) == (1, f"{empty}: There is no seal in it.\n")
