"""What the command line says about the ledger of consents: whether it holds, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from api.consent import seals, verifying
from api.consent.chain import Fault
from api.core import ids
from api.core.errors import Invalid
from api.core.settings import Settings
from jobs.context import system_context

MAX_CHARACTERS = 64 * 1024 * 1024


async def verified(
    settings: Settings, files: Sequence[Path], progress: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    """Verify the whole ledger and the seals in these files; return what was checked, and what is wrong, in words.

    Raises what the rules raise, Invalid for a file without a seal.
    """
    texts = [(one, _text(one)) for one in files]
    entries = subjects = left = 0
    faults: list[Fault] = []
    async with system_context(settings) as ctx:
        place: str | None = None
        while True:
            found = await verifying.verify(ctx, place, verifying.BUDGET)
            entries, subjects, faults = entries + found.entries, subjects + found.subjects, faults + found.faults
            place = found.next
            if place is None:
                break
            progress(f"{entries:,} entries of {subjects:,} addresses and persons so far, {len(faults):,} faults")
        for file, text in texts:
            try:
                count, wrong = await seals.compare(ctx, text)
            except Invalid as error:
                raise Invalid(f"{file}: {error.message}") from None
            left, faults = left + count, faults + wrong
    checked = [f"{entries:,} entries of {subjects:,} addresses and persons were checked."]
    if files:
        checked.append(f"{left:,} seals that left the database were compared.")
    return checked, [_said(one) for one in faults]


def _said(fault: Fault) -> str:
    where = [
        f"chain {fault.subject}" if fault.subject else "",
        f"entry {fault.seq}" if fault.seq else "",
        ids.show(ids.ENTRY, fault.entry) if fault.entry else "",
    ]
    told = ", ".join(one for one in where if one)
    return f"{fault.kind}: {told + ': ' if told else ''}{fault.message}"


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(MAX_CHARACTERS)
    except (OSError, UnicodeDecodeError):
        raise Invalid(f"{path} cannot be read as text.") from None
