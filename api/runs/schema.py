"""Runs in GraphQL. What a kind of run adds to `Run` is linked by its own room."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from api.access.model import Permission
from api.core import ids
from api.core.errors import NotFound
from api.core.graphql import (
    Actor,
    Info,
    Node,
    PageInfo,
    Repeatable,
    UserError,
    Written,
    connected,
    mutation,
    query,
    sending,
    subscription,
)
from api.runs import model, rules
from api.runs.model import RunKind, RunPhase, RunStatus
from api.runs.watch import progress

strawberry.enum(RunKind, description="What a run does.")
strawberry.enum(RunPhase, description="Say what would change, change exactly that, take it back.")
strawberry.enum(RunStatus, description="READY is a plan that waits to be applied.")


@strawberry.type
class RunCount:
    """How many rows came to what; `name` is a RowOutcome for imports."""

    name: str
    count: int


@strawberry.type
class RunLogEntry:
    """A line that a run wrote."""

    at: datetime
    text: str


@strawberry.type
class Run(Node):
    """A long act, worked off in batches."""

    id: strawberry.ID
    kind: RunKind
    phase: RunPhase
    status: RunStatus
    title: str
    created_at: datetime
    created_by: Actor
    started_at: datetime | None
    finished_at: datetime | None
    processed: int
    total: int | None
    rate: float | None
    eta_seconds: int | None
    planned: list[RunCount] = strawberry.field(description="What the plan says; the sum is the rows read.")
    outcome: list[RunCount] = strawberry.field(description="What applying it came to; the sum is the rows read.")
    attempt: int
    error: UserError | None
    log: list[RunLogEntry]
    source: strawberry.Private[model.Run]

    @strawberry.field(description="Whether somebody asked it to end.")  # type: ignore[untyped-decorator]
    async def cancel_requested(self, info: Info) -> bool:
        """Look it up only when asked."""
        return bool(await rules.cancel_asked(info.context, [self.source.id]))


def show(run: model.Run) -> Run:
    """Show a run."""
    who = run.created_by
    return Run(
        id=strawberry.ID(ids.show(ids.RUN, run.id)),
        kind=run.kind,
        phase=run.phase,
        status=run.status,
        title=run.title,
        created_at=run.created_at,
        created_by=Actor.of(who),
        started_at=run.started_at,
        finished_at=run.finished_at,
        processed=run.processed,
        total=run.total,
        rate=run.rate,
        eta_seconds=run.eta_seconds,
        planned=_counts(run.planned),
        outcome=_counts(run.outcome),
        attempt=run.attempt,
        error=UserError.of(run.error) if run.error else None,
        log=[RunLogEntry(at=at, text=text) for at, text in run.log],
        source=run,
    )


def _counts(counts: dict[str, int]) -> list[RunCount]:
    return [RunCount(name=name, count=count) for name, count in sorted(counts.items())]


@strawberry.type
class RunEdge:
    """A run with its cursor."""

    cursor: str
    node: Run


@strawberry.type
class RunConnection:
    """A page of runs."""

    edges: list[RunEdge]
    nodes: list[Run]
    page_info: PageInfo


@strawberry.type
class WorkerStatus:
    """Whether somebody is there to work off runs."""

    connected: bool
    last_seen_at: datetime | None
    workers: int


@strawberry.type
class Query:
    """Queries of this room."""

    @query(needs=Permission.RUN_READ)
    async def run(self, info: Info, id: strawberry.ID) -> Run | None:
        """Answer one run; null when there is none."""
        try:
            return show(await rules.get(info.context, id))
        except NotFound:
            return None

    @query(needs=Permission.RUN_READ)
    async def runs(
        self,
        info: Info,
        first: int | None = 50,
        after: str | None = None,
        kind: list[RunKind] | None = None,
        status: list[RunStatus] | None = None,
    ) -> RunConnection:
        """Answer runs, newest first."""
        rows = await rules.listed(info.context, first, after, kind, status)
        connection: RunConnection = connected(RunConnection, RunEdge, rows, show)
        return connection

    @query(needs=Permission.RUN_READ)
    async def workers(self, info: Info) -> WorkerStatus:
        """Tell whether a worker was seen lately."""
        return WorkerStatus(**dataclasses.asdict(await rules.presence(info.context)))


@strawberry.input
class RunCancelInput(Repeatable):
    """How to cancel."""


@strawberry.type
class RunCancelPayload(Written):
    """The run as it stands now; it ends after the batch it is in."""

    run: Run | None = None


@strawberry.type
class Mutation:
    """Mutations of this room."""

    @mutation(needs=Permission.RUN_READ)
    async def run_cancel(self, info: Info, id: strawberry.ID, input: RunCancelInput) -> RunCancelPayload:
        """Ask a run to end; whoever may start one of its kind may."""
        run, replayed = await rules.cancel(info.context, sending("runCancel", input, id=id), id)
        return RunCancelPayload(run=show(run), applied=not input.dry_run, replayed=replayed)


@strawberry.type
class Subscription:
    """Subscriptions of this room."""

    @subscription(needs=Permission.RUN_READ)
    async def run_progress(self, info: Info, id: strawberry.ID) -> AsyncIterator[Run]:
        """Follow a run until it ends or waits for somebody; the permission is checked at each step."""
        async for run in progress(info.context, await rules.get(info.context, id)):
            info.context.require(Permission.RUN_READ)
            yield show(run)
