"""Erasures as a file that is kept beside the backups, and done again in what was restored from one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.core.errors import Invalid
from api.core.settings import Settings
from api.privacy import replaying
from jobs.context import system_context
from jobs.engines import embedded_mongo
from jobs.folder import Folder


@contextmanager
def database(env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the environment with a database: the one that is set, that of an `up` that runs, else that of its folder.

    The last is started for as long as the block lasts, and nothing else with it: nobody is served meanwhile.
    """
    folder = Folder.of(env)
    found = folder.filled(env)
    if "MONGODB_URL" in found or not (folder.path / "mongo").is_dir():
        yield found
        return
    with folder.locked(), embedded_mongo(folder.path) as url:
        yield {"REGULARS_SECRET": folder.secret(), **found, "MONGODB_URL": url}


async def written(settings: Settings, file: Path) -> str:
    """Write everybody who went into a file; it is there as a whole or as it was before. Raises Invalid."""
    beside = file.with_name(f"{file.name}.part")
    count = 0
    try:
        with beside.open("w", encoding="utf-8") as out:
            async with system_context(settings) as ctx:
                async for line in replaying.lines(ctx):
                    out.write(f"{line}\n")
                    count += 1
        beside.replace(file)
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        beside.unlink(missing_ok=True)
    return f"{file} holds everybody who was erased or anonymized until now, in {count:,} signed lines."


async def replayed(settings: Settings, file: Path, progress: Callable[[str], None]) -> tuple[list[str], bool]:
    """Do again what a file says; return what came of it in words, and whether all is well."""

    def text() -> Iterator[str]:
        try:
            with file.open(encoding="utf-8") as lines:
                yield from lines
        except (OSError, UnicodeDecodeError):
            raise Invalid(f"{file} cannot be read as text.") from None

    async with system_context(settings) as ctx:
        done = await replaying.replay(ctx, text, progress)
    said = [
        f"{done.rows:,} persons are in the file; {done.known:,} of them this database knew to be gone.",
        f"{done.again:,} were here and are gone again.",
        f"{done.suppressed:,} addresses, numbers and ids cannot come back by themselves.",
    ]
    if done.left:
        said.append(f"Still here: {' '.join(done.left)}")
    if not done.is_clean:
        said.append("A search afterwards found something; the certificates of the runs say where.")
    return said, not done.left and done.is_clean
