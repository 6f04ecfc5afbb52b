"""How a run makes the copy of somebody of whom much is known: again from its beginning when it was cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bson import ObjectId

from api.access import rules as access
from api.access.model import Permission
from api.core import ids
from api.core.context import Context, Source
from api.core.errors import Invalid, NotFound
from api.core.mongo import Doc, Tx
from api.customers import choosing, personal as customers
from api.files import rules as files
from api.files.model import File
from api.mail import rules as mail
from api.privacy.composing import Composing, stage
from api.privacy.model import RUN_KEPT_HOURS
from api.runs import rules as runs
from api.runs.batches import Batch, Work
from api.runs.model import Run, RunKind, RunPhase, RunStatus, Step
from api.runs.selecting import Whole

GONE = "This person was erased or anonymized before the copy was ready."


def draft(ctx: Context, customer_id: ObjectId, look: ObjectId) -> Doc:
    """Return the run that makes a copy; `look` is the entry of the access log that says why."""
    options: Doc = {"customer": customer_id, "look": look}
    return runs.draft(ctx, RunKind.COPY, RunPhase.APPLY, "The copy of one person", options)


async def files_of(ctx: Context, run: Run) -> list[File]:
    """Return the copy as JSON and as a page while they live, to whoever asked for it."""
    wanted: list[ObjectId] = run.details.get("files", [])
    if run.kind is not RunKind.COPY or run.status is not RunStatus.SUCCEEDED:
        return []
    found = await files.many(ctx, wanted)
    return [found[one] for one in wanted if one in found and files.may_read(ctx, found[one])]


class CopyWork:
    """Writes everything down, then stores it, then offers it."""

    def __init__(self, ctx: Context, run: Run, composing: Composing) -> None:
        """Begin at the beginning."""
        self._ctx = ctx
        self._run = run
        self._composing = composing
        self._rows: AsyncIterator[int] = composing.write()
        self._files: list[ObjectId] = []

    async def next(self) -> Batch:
        """Return that some rows more are written, at last the end."""
        if not self._files:
            self._files = [ids.new(), ids.new()]
            return BeginBatch(self._files)
        added = await anext(self._rows, None)
        if added is not None:
            return RowsBatch(added)
        for file_id, one in zip(self._files, self._composing.documents(), strict=True):
            await stage(self._ctx, one, file_id, self._run.options["customer"], RUN_KEPT_HOURS)
        return EndBatch(self._run, self._files, _letter(self._ctx, self._run))

    async def close(self) -> None:
        """Let go of what was written."""
        self._composing.close()


class BeginBatch(Whole):
    """The files are named, so that whatever happens they are found."""

    is_alone = True

    def __init__(self, file_ids: list[ObjectId]) -> None:
        """Take their ids."""
        self._files = file_ids

    async def write(self, _ctx: Context, _tx: Tx) -> Step:
        """Begin to count."""
        return Step(state={}, put={"processed": 0, "outcome": {}, "details.files": self._files})


class RowsBatch(Whole):
    """Some rows were written down."""

    def __init__(self, count: int) -> None:
        """Know how many."""
        self._count = count

    async def write(self, _ctx: Context, _tx: Tx) -> Step:
        """Say so."""
        return Step(state={}, processed=self._count, counts={"outcome.WRITTEN": self._count})


class EndBatch(Whole):
    """The files can be fetched, the mail is in the outbox, the run has succeeded."""

    is_alone = True

    def __init__(self, run: Run, file_ids: list[ObjectId], letter: Doc | None) -> None:
        """Take what was prepared."""
        self._customer: ObjectId = run.options["customer"]
        self._files = file_ids
        self._letter = letter

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Finish; raises NotFound when the person went meanwhile."""
        if not await choosing.whole(ctx, [self._customer], tx):
            raise NotFound(GONE)
        await files.release(ctx, self._files, tx)
        if self._letter:
            await mail.put(ctx, self._letter, tx)
        return Step(state={}, ends=RunStatus.SUCCEEDED, text="The copy is ready.", after=mail.wanted(self._letter))


def _letter(ctx: Context, run: Run) -> Doc | None:
    """Return the mail to whoever asked; None for keys and programs, or when nobody can be written to."""
    if not run.email:
        return None
    lines = (
        "The copy that you asked for, of everything that is stored about one person, is ready.",
        "",
        f"Download it within {RUN_KEPT_HOURS} hours: {ctx.settings.url}/runs/{ids.show(ids.RUN, run.id)}",
        "You have to be signed in; nobody else can download it.",
    )
    try:
        return mail.draft(ctx, run.email, "Copy ready", "\n".join(lines) + "\n")
    except Invalid:
        return None


class CopyHandler:
    """Works off copies."""

    source = Source.SYSTEM

    async def open(self, ctx: Context, run: Run) -> Work:
        """Load the person, and begin anew; what an attempt before this one has left is removed."""
        await self.discard(ctx, run)
        person = await customers.person(ctx, run.options["customer"])
        if person is None:
            raise NotFound(GONE)
        return CopyWork(ctx, run, Composing(ctx, person, await access.reason_of(ctx, run.options["look"])))

    async def discard(self, ctx: Context, run: Run) -> None:
        """Remove files that nobody can read yet."""
        await files.discard(ctx, run.details.get("files", ()))


runs.register(RunKind.COPY, CopyHandler(), Permission.CUSTOMER_EXPORT_SINGLE)
