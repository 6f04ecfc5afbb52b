"""Which keys a plan has met: a filter of fixed size that may say yes wrongly, and never no.

So rows whose keys are new, which is nearly all of them, are decided without a look at what earlier rows planned; and memory
does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

BITS = 1 << 27
"""16 MB: with the keys of a million rows, one look in some 50,000 is in vain."""


class Seen:
    """Keyed digests (`email:<32 hex digits>`) that were met."""

    def __init__(self, *, knows: bool) -> None:
        """Begin empty; one that does not know says yes to everything."""
        self._bits = bytearray(BITS // 8) if knows else None

    def add(self, keys: Iterable[str]) -> None:
        """Remember keys."""
        if self._bits is not None:
            for key in keys:
                for place in _places(key):
                    self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: str) -> bool:
        """Tell whether a key may have been met."""
        return self._bits is None or all(self._bits[place >> 3] & (1 << (place & 7)) for place in _places(key))


def _places(key: str) -> Iterator[int]:
    number = int(key[-32:], 16)
    for _ in range(4):
        yield number % BITS
        number >>= 27
