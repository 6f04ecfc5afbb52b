"""How much a caller may ask for: each has a bucket of points, and every GraphQL document costs some (cost.py)."""

from __future__ import annotations

from typing import Protocol

from api.core.buckets import Charge, LocalBuckets, Size
from api.core.buckets_shared import SharedBuckets
from api.core.context import ActorKind, Context
from api.core.settings import Settings


class Buckets(Protocol):
    """Where points are counted."""

    async def take(self, name: str, size: Size, cost: int) -> Charge:
        """Take points out of a bucket, all or none."""


class Rates:
    """The buckets of all callers, by the sizes in the settings."""

    def __init__(self, settings: Settings, buckets: Buckets | None = None) -> None:
        """Count in these buckets; by default shared through the Redis of the settings, or in this process without one."""
        self._shared = SharedBuckets(settings.redis_url) if buckets is None and settings.redis_url else None
        self._buckets: Buckets = buckets or self._shared or LocalBuckets()
        self._sizes = {
            ActorKind.API_KEY: Size.of(settings.rate_key),
            ActorKind.USER: Size.of(settings.rate_user),
            ActorKind.ANONYMOUS: Size.of(settings.rate_anonymous),
        }

    async def open(self) -> None:
        """Connect to what is shared."""
        if self._shared is not None:
            await self._shared.open()

    async def close(self) -> None:
        """Disconnect."""
        if self._shared is not None:
            await self._shared.close()

    def size_of(self, ctx: Context) -> Size:
        """Return the size of the caller's bucket."""
        return self._sizes.get(ctx.caller.kind, self._sizes[ActorKind.ANONYMOUS])

    async def charge(self, ctx: Context, cost: int) -> Charge:
        """Take points from whoever asks: a key, a user, or the address of a stranger."""
        # Of an address only a digest is kept.
        name = ctx.caller.id or ctx.keys.digest("cost", ctx.address)
        return await self._buckets.take(name, self.size_of(ctx), cost)
