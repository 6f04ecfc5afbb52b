"""Leaky buckets: so many points at once, so many more each second; in this process, or shared through Redis.

A bucket that is full is not kept anywhere, so that what is kept is bounded by what was lately spent.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

_MAX_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many points a bucket holds, and how many come back each second."""

    maximum: int
    per_second: int

    @classmethod
    def of(cls, text: str) -> Size:
        """Read `maximum/per second`, as settings spell it; raises ValueError."""
        maximum, _, per_second = text.partition("/")
        size = cls(int(maximum), int(per_second))
        if size.maximum < 1 or size.per_second < 1:
            raise ValueError(text)
        return size


@dataclass(frozen=True, slots=True)
class Charge:
    """What became of one wish for points: taken, or refused and when to come back."""

    requested: int
    available: int
    size: Size
    retry_after_ms: int = 0
    """0 when the points were taken."""

    @property
    def shown(self) -> dict[str, int]:
        """The form of `extensions.cost`."""
        return {
            "requested": self.requested,
            "available": self.available,
            "maximum": self.size.maximum,
            "restorePerSecond": self.size.per_second,
        }


class LocalBuckets:
    """The buckets of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count seconds by this clock."""
        self._clock = clock
        self._kept: dict[str, tuple[float, float, Size]] = {}
        self._swept = -math.inf

    async def take(self, name: str, size: Size, cost: int) -> Charge:
        """Take points out of a bucket, all or none."""
        return self.take_now(name, size, cost)

    def take_now(self, name: str, size: Size, cost: int) -> Charge:
        """As `take`, without waiting for anything."""
        now = self._clock()
        kept = self._kept.get(name)
        level: float = size.maximum if kept is None else min(size.maximum, _level(kept, now, size))
        if cost > level:
            return Charge(cost, int(level), size, math.ceil((cost - level) * 1000 / size.per_second))
        self.put(name, size, level - cost)
        return Charge(cost, int(level - cost), size)

    def put(self, name: str, size: Size, level: float) -> None:
        """Set how many points a bucket holds now."""
        now = self._clock()
        if len(self._kept) >= _MAX_KEPT:
            self._sweep(now)
        self._kept[name] = level, now, size

    def _sweep(self, now: float) -> None:
        """Forget the full ones; when there are still too many, all: rather too generous than out of memory."""
        if now - self._swept < 1:
            self._kept.clear()
        self._swept = now
        self._kept = {name: one for name, one in self._kept.items() if _level(one, now, one[2]) < one[2].maximum}


def _level(kept: tuple[float, float, Size], now: float, size: Size) -> float:
    level, at, _ = kept
    return level + max(0.0, now - at) * size.per_second
