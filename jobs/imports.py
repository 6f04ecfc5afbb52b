"""What the command line does with a file of customers."""

from __future__ import annotations

from pathlib import Path

from api.core import ids
from api.core.settings import Settings
from api.imports import rules
from jobs import broker as brokers
from jobs.context import system_context


async def from_command_line(settings: Settings, file: Path, *, wait: bool) -> list[str]:
    """Import a file and return what to say: where to watch it, or what became of its rows. Raises what the rules raise."""
    bell = brokers.Doorbell(brokers.connect(settings.redis_url))
    async with system_context(settings, bell) as ctx:
        run = await rules.import_file(ctx, file, wait=wait)
    lines = [f"{settings.url}/runs/{ids.show(ids.RUN, run.id)}"]
    if wait:
        lines.append(f"{rules.rows_read(run)} rows read: {run.status.value.lower()}")
        lines += [f"  {count:>8} {name.lower()}" for name, count in run.outcome.items() if count]
    return lines
