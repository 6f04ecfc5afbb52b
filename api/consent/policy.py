"""Who counts as reachable in this installation, what a change of that would do, and how many stand where with a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known, Purpose
from api.consent import asking
from api.consent.model import ListStatus, Topic, TopicKind
from api.core import idempotency
from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Done, Once
from api.core.mongo import Tx
from api.customers import reading as customers

Policy = Mapping[str, tuple[bool, bool]]
"""Purpose's key -> (unknown is enough, implicit is enough)."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many customers are reachable on a channel for a purpose, as it is and as it would be."""

    channel: ConsentChannel
    purpose: str
    now: int
    then: int
    exact: bool


async def forecast(ctx: Context, policy: Policy) -> list[Forecast]:
    """Return what a policy would change, for each of its purposes and channels; two counts each.

    Raises Invalid (UNKNOWN_PURPOSE, TOO_MANY_ITEMS).
    """
    known = await agreements.known(ctx)
    found = []
    for key, purpose in _changed(known, policy).items():
        for channel in ConsentChannel:
            asked = {"channel": channel, "purpose": key}
            now, sure = await customers.matching(ctx, asking.reachable(known, asked))
            then, also = await customers.matching(ctx, asking.reachable(known, asked, purpose))
            found.append(Forecast(channel, key, now, then, sure and also))
    return found


async def update(ctx: Context, policy: Policy, once: Once) -> tuple[list[Purpose], Done]:
    """Set who counts as reachable; raises Invalid (UNKNOWN_PURPOSE)."""
    wanted = _changed(await agreements.known(ctx), policy)
    now = ctx.now()

    async def decide(_tx: Tx) -> None:
        """Any policy may be set."""

    async def write(tx: Tx, _decided: None) -> None:
        await agreements.set_policy(
            ctx, tx, {key: (one.allow_unknown, one.allow_implicit) for key, one in wanted.items()}, now
        )

    done = await idempotency.act(ctx, once, {"purposes": sorted(wanted)}, decide, write)
    return list((await agreements.known(ctx)).purposes.values()), done


def _changed(known: Known, policy: Policy) -> dict[str, Purpose]:
    found = {}
    for place, (key, (unknown, implicit)) in enumerate(policy.items()):
        if key not in known.purposes:
            message = "There is no such purpose."
            raise Invalid(message, code="UNKNOWN_PURPOSE", path=("policy", str(place), "purpose"))
        found[key] = replace(known.purposes[key], allow_unknown=unknown, allow_implicit=implicit)
    return found


def read(rows: Sequence[tuple[str, bool, bool]]) -> Policy:
    """Read a policy; raises Invalid for none, or for a purpose that is named twice."""
    policy = {key: (unknown, implicit) for key, unknown, implicit in rows}
    if not rows or len(policy) != len(rows):
        raise Invalid("Name each purpose once.", code="DUPLICATE_ITEM" if rows else "REQUIRED", path=("policy",))
    return policy


async def list_counts(ctx: Context, key: str) -> dict[ListStatus, int]:
    """Return how many customers stand where with a list, up to 10,001 each; a count for each status."""
    word = Topic(TopicKind.LIST, list=key).word
    return {status: (await customers.matching(ctx, {"standing.keys": f"{word}/{status}"}))[0] for status in ListStatus}
