"""One search for all persons of a run: through every string of every collection, and of Redis.

It only reads, with one cursor for each collection, outside of transactions; what it comes to is told as a collection, a
path and a number, never as a value.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from bson import ObjectId

from api.core.context import Context
from api.core.errors import Invalid
from api.core.mongo import ASCENDING, Doc
from api.customers import subjects, values
from api.customers.rules import identifier_id
from api.privacy import search_files, search_redis
from api.privacy.needles import Needles
from api.privacy.search_files import PARTS, Lines
from api.privacy.strings import texts

LEFT_OUT = {"clearings": "It is the list that is searched by; it is dropped when the certificate is made."}
"""Collection -> why it is not searched."""
SIZE, SIZES = 200, {"run_rows": 20, "plan_states": 20}
"""Documents that are read at once; of the large ones fewer."""
SECONDS = 3_600
STRETCH_SECONDS = 1.0
MAX_PATHS = 100
MAX_KNOWN = 10_000
ELSEWHERE = "..."
_KINDS = ("reference_id", "push", "web_push")
_TOGETHER = 500


@dataclass(slots=True)
class Searched:
    """What was come to in one collection."""

    collection: str
    documents: int = 0
    strings: int = 0
    held: int = 0
    """Finds of what a customer holds now, and that is therefore no remnant."""
    found: dict[str, int] = field(default_factory=dict)
    """Path -> finds."""

    def note(self, path: str, count: int = 1) -> None:
        """Count finds at a path; from the hundredth path on they share one line."""
        known = path in self.found or len(self.found) < MAX_PATHS
        path = path if known else ELSEWHERE
        self.found[path] = self.found.get(path, 0) + count

    @property
    def doc(self) -> Doc:
        """The stored form; paths hold dots, so that they are no names of fields."""
        found = [{"path": path, "count": count} for path, count in sorted(self.found.items())]
        return {
            "collection": self.collection,
            "documents": self.documents,
            "strings": self.strings,
            "held": self.held,
            "found": found,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What the whole search came to."""

    collections: tuple[Doc, ...]
    """For each `{collection, documents, strings, held, found [{path, count}]}`."""
    redis: Doc
    """`{searched, why, keys, strings, found}`."""
    not_searched: int
    """Identifiers that are too short to be searched for."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not any(one["found"] for one in (*self.collections, self.redis))


class Hit(NamedTuple):
    """Something of the set, as it was met; it is told to nobody."""

    path: str
    name: str
    file: ObjectId | None = None


class Searching:
    """A search that goes on where it was saved: `state` is what to save, and at the end what was found.

    Whoever goes on from a saved state begins the collection anew in which the search was.
    """

    def __init__(self, ctx: Context, needles: Needles, state: Doc | None = None) -> None:
        """Search for these; `state` is of an earlier search for the same."""
        self._ctx = ctx
        self._needles = needles
        self._finished: list[Doc] = list((state or {}).get("collections", ()))
        self._redis: Doc | None = (state or {}).get("redis")
        self._waiting: list[str] | None = None
        self._now: Searched | None = None
        self._pages: AsyncIterator[list[Doc]] | None = None
        self._known: dict[str, bool] = {}
        self._lines = Lines()
        self._tried: list[ObjectId] = list((state or {}).get("files", ()))
        self._files: set[ObjectId] = set()

    @property
    def state(self) -> Doc:
        """What is finished."""
        return {"collections": self._finished, "redis": self._redis, "files": self._tried}

    @property
    def is_done(self) -> bool:
        """Whether everything was searched."""
        return self._redis is not None

    @property
    def found(self) -> Found:
        """What was found, once all is done."""
        ordered = sorted(self._finished, key=lambda one: str(one["collection"]))
        return Found(tuple(ordered), self._redis or {}, self._needles.short)

    async def total(self) -> int:
        """Return about how many documents there are to search."""
        names = await self._names()
        return sum(await asyncio.gather(*(self._ctx.db[name].estimated_count() for name in names)))

    async def next(self) -> int:
        """Search for about a second more; return how many documents that were. Raises what the driver raises."""
        until, documents = monotonic() + STRETCH_SECONDS, 0
        while not self.is_done and monotonic() < until:
            documents += await self._page()
        return documents

    async def files(self) -> list[ObjectId]:
        """Return files in which something was found, each once, and search all files anew: whoever asks removes these.

        Nobody may know yet whom a file is about that was uploaded and not planned. They are searched first of all.
        """
        found, self._files = sorted(self._files), set()
        if found:
            self._tried = [*self._tried, *found]
            self._finished = [one for one in self._finished if one["collection"] != PARTS]
            self._redis, self._waiting = None, None
            await self.close()
        return found

    async def close(self) -> None:
        """Let go of the cursor."""
        pages, self._pages, self._now = self._pages, None, None
        if pages is not None:
            await pages.aclose()  # type: ignore[attr-defined]

    async def _page(self) -> int:
        if self._waiting is None:
            finished = {one["collection"] for one in self._finished}
            self._waiting = [name for name in await self._names() if name not in finished]
            self._waiting.sort(key=lambda name: name != PARTS)
        if self._pages is None:
            if not self._waiting:
                self._redis = await search_redis.search(self._ctx, self._needles)
                return 0
            self._open(self._waiting.pop(0))
        assert self._pages is not None
        assert self._now is not None
        docs = await anext(self._pages, None)
        if docs is None:
            await self._judge(self._now, self._looked(self._lines.end())[0])
            self._finished = [*self._finished, self._now.doc]
            await self.close()
            return 0
        # In a thread: a second of it would keep everybody else of this process waiting.
        said = self._lines.texts(docs) if self._now.collection == PARTS else _said(docs)
        hits, strings = await asyncio.to_thread(self._looked, said)
        self._now.documents += len(docs)
        self._now.strings += strings
        await self._judge(self._now, hits)
        return len(docs)

    def _open(self, name: str) -> None:
        self._now, self._lines = Searched(name), Lines()
        if name == PARTS:
            self._pages = search_files.pages(self._ctx, SECONDS)
        else:
            size = SIZES.get(name, SIZE)
            self._pages = self._ctx.db[name].scan(sort=[("_id", ASCENDING)], size=size, seconds=SECONDS)

    async def _names(self) -> list[str]:
        names = await self._ctx.db.collection_names()
        return sorted(name for name in names if name not in LEFT_OUT and not name.startswith("system."))

    def _looked(self, said: Iterable[tuple[str, str, ObjectId | None]]) -> tuple[list[Hit], int]:
        """Return what is met in texts, and how many these were."""
        hits: list[Hit] = []
        strings = 0
        for path, text, file in said:
            strings += 1
            hits += [Hit(path, one, file) for one in self._needles.found(text)]
        return hits, strings

    # --- whether a find is a remnant ---

    async def _judge(self, searched: Searched, hits: Sequence[Hit]) -> None:
        """Count finds, but for what a customer holds now: that is hers or his."""
        if not hits:
            return
        await self._learn({one.name for one in hits} - self._known.keys())
        for one in hits:
            if self._known[one.name]:
                searched.held += 1
            else:
                searched.note(one.path)
                if one.file and one.file not in self._tried:
                    self._files.add(one.file)

    async def _learn(self, names: set[str]) -> None:
        if len(self._known) > MAX_KNOWN:
            self._known = {one: self._known[one] for one in names & self._known.keys()}
        spelled = {one: self._ids(one) for one in sorted(names)}
        wanted = sorted({one for found in spelled.values() for one in found})
        held: set[str] = set()
        for begin in range(0, len(wanted), _TOGETHER):
            docs = await subjects.load(self._ctx, wanted[begin : begin + _TOGETHER])
            held |= {one for one, doc in docs.items() if doc.get("holders")}
        self._known |= {one: bool(held.intersection(found)) for one, found in spelled.items()}

    def _ids(self, name: str) -> list[str]:
        """Return the ids of the identifiers that a find may be."""
        spelled = [(kind, name) for kind in _KINDS]
        try:
            spelled.append(("email", values.email(name)))
        except Invalid:
            number = values.phone(name, self._ctx.settings.default_region)
            spelled += [("phone", number)] if number else []
        return [identifier_id(self._ctx.keys, kind, value) for kind, value in spelled]


def _said(docs: Iterable[Doc]) -> Iterator[tuple[str, str, ObjectId | None]]:
    return ((path, text, None) for doc in docs for path, text in texts(doc))


Progress = Callable[[int, int], Awaitable[None]]


async def search(ctx: Context, needles: Needles, progress: Progress | None = None) -> Found:
    """Search everything at once; `progress` is told (documents so far, about how many in all) each second."""
    searching = Searching(ctx, needles)
    total, so_far = await searching.total(), 0
    try:
        while not searching.is_done:
            so_far += await searching.next()
            if progress:
                await progress(so_far, max(total, so_far))
    finally:
        await searching.close()
    return searching.found
