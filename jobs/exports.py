"""What the command line does to write customers into a file of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from api.core.context import Context
from api.core.errors import Invalid, RegularsError
from api.core.idempotency import Once
from api.core.settings import Settings
from api.exports import columns, rules
from api.exports.model import ExportFlavor, ExportFormat, Shape
from api.files import rules as files
from api.runs import rules as runs
from api.runs.model import ACTIVE, Run
from api.runs.selecting import Selection
from jobs import broker as brokers
from jobs.context import system_context

T = TypeVar("T", bound=StrEnum)
POLL_SECONDS = 0.2


async def to_file(
    settings: Settings, file: Path, form: str, flavor: str, paths: Sequence[str], search: str | None
) -> list[str]:
    """Export customers, wait for the worker that does it, and save the file; return what to say. Raises what rules raise."""
    bell = brokers.Doorbell(brokers.connect(settings.redis_url))
    async with system_context(settings, bell) as ctx:
        chosen = tuple(paths) or tuple(path for path in columns.COLUMNS if not path.startswith(columns.BANK))
        for problem in columns.faults(ctx, chosen):
            at = problem.path[-1]
            raise Invalid(f"{chosen[int(at)]}: {problem.message}" if at.isdigit() else problem.message, problem.code)
        shape = Shape(chosen, _choice(ExportFormat, form), _choice(ExportFlavor, flavor))
        started = await rules.start(ctx, Once("exportStart"), Selection(search=search), shape)
        run = await _ended(ctx, started.run)
        found = await rules.file_of(ctx, run)
        if found is None:
            raise RegularsError(run.error.message if run.error else "The export was cancelled.", "FAILED")
        with file.open("wb") as out:
            async for data in files.read(ctx, found):
                out.write(data)
    return [f"{run.outcome.get('WRITTEN', 0)} rows", f"SHA-256 {found.sha256}"]


def _choice(known: type[T], word: str) -> T:
    try:
        return known(word.upper())
    except ValueError:
        raise Invalid(f"{word} is none of {', '.join(one.value.lower() for one in known)}.") from None


async def _ended(ctx: Context, run: Run | None) -> Run:
    if run is None:
        raise AssertionError
    while run.status in ACTIVE:
        await asyncio.sleep(POLL_SECONDS)
        run = await runs.get_by_id(ctx, run.id)
    return run
