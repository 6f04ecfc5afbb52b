"""The only file that names the MongoDB driver: connection, collections, transactions.

Motor by default; PyMongo's own asynchronous client by `driver="pymongo"` (Motor is in maintenance, and the store tests
run against both). What the stores may do is what `Collection` offers: each read has a limit, each command a deadline.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import pymongo
from bson import Binary, CodecOptions
from bson.binary import UUID_SUBTYPE
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient, DeleteOne, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from api.core.errors import RegularsError, Unavailable

__all__ = [
    "ASCENDING", "DESCENDING", "Collection", "Database", "DeleteOne", "Doc", "DuplicateKeyError", "Index", "InsertOne",
    "ReplaceOne", "Tx", "UpdateOne", "connect",
]  # fmt: skip

Doc: TypeAlias = dict[str, Any]
Filter: TypeAlias = Mapping[str, Any]
Sort: TypeAlias = Sequence[tuple[str, int]]
T = TypeVar("T")

COMMAND_SECONDS = 10
TRANSACTION_SECONDS = 8
TRANSACTION_ATTEMPTS = 5
COMMIT_ATTEMPTS = 5
driver_errors = PyMongoError
"""What the driver raises."""
MAJORITY = WriteConcern(w="majority", j=True)
SNAPSHOT = ReadConcern("snapshot")
CODEC: CodecOptions[Doc] = CodecOptions(tz_aware=True)
_ALL = 2**31 - 1
"""More documents than a collection has; a read without a limit is refused in tests, as one that forgot it."""
_DUPLICATE_KEY = 11000
_WRITE_CONFLICT = 112
_OUT_OF_DISK = 14031


@dataclass(frozen=True, slots=True)
class Index:
    """One declared index: its keys, why it is there, and whether it is unique."""

    keys: tuple[tuple[str, int | str], ...]
    why: str
    unique: bool = False

    @property
    def name(self) -> str:
        """The name that MongoDB gives it."""
        return "_".join(f"{path}_{direction}" for path, direction in self.keys)


class Tx:
    """An open transaction: pass it to each store function that belongs to it, one after the other."""

    __slots__ = ("session",)

    def __init__(self, session: Any) -> None:
        """Wrap the driver's session."""
        self.session = session


class Line:
    """A session that is kept for many transactions, one after the other."""

    __slots__ = ("session",)

    def __init__(self, session: Any) -> None:
        """Wrap the driver's session."""
        self.session = session

    @property
    def id(self) -> bytes:
        """What another process names it by."""
        return bytes(self.session.session_id["id"])


class Collection:
    """A collection with only what the stores need; every read has a limit."""

    __slots__ = ("_inner", "name")

    def __init__(self, inner: Any, name: str) -> None:
        """Wrap the driver's collection."""
        self._inner = inner
        self.name = name

    async def find(
        self, where: Filter, *, limit: int, fields: Filter | None = None, sort: Sort | None = None, tx: Tx | None = None
    ) -> list[Doc]:
        """Return at most `limit` documents; none for a limit of 0 (which MongoDB would take for no limit)."""
        if limit <= 0:
            return []
        cursor = self._inner.find(where, fields, sort=sort, limit=limit, batch_size=limit, session=_session(tx))
        docs: list[Doc] = await cursor.to_list(limit)
        return docs

    async def stream(
        self, where: Filter, *, limit: int, size: int, seconds: float, fields: Filter | None = None, sort: Sort
    ) -> AsyncIterator[list[Doc]]:
        """Yield what a filter matches at one moment, in order, `size` documents at a time, each within `seconds`.

        One cursor on a snapshot: whoever moves in the order meanwhile comes once all the same.
        """
        session = self._inner.database.client.start_session(snapshot=True)
        if asyncio.iscoroutine(session) or asyncio.isfuture(session):
            session = await session
        async with session:
            cursor = self._inner.find(where, fields, sort=sort, limit=limit, batch_size=size, session=session)
            while True:
                with pymongo.timeout(seconds):
                    docs: list[Doc] = await cursor.to_list(size)
                if not docs:
                    return
                yield docs

    async def scan(
        self, *, sort: Sort, size: int, seconds: float, fields: Filter | None = None
    ) -> AsyncIterator[list[Doc]]:
        """Yield all documents in order, `size` at a time, with `seconds` for the whole.

        One cursor, as things are when it comes to them: a snapshot is kept for minutes only.
        """
        cursor = self._inner.find({}, fields, sort=sort, limit=_ALL, batch_size=size)
        try:
            while True:
                with pymongo.timeout(seconds):
                    docs: list[Doc] = await cursor.to_list(size)
                if not docs:
                    return
                yield docs
        finally:
            await cursor.close()

    async def by_ids(self, ids: Sequence[Any], fields: Filter | None = None, tx: Tx | None = None) -> dict[Any, Doc]:
        """Return the documents with these ids (at most 1,000) by id."""
        if not ids:
            return {}
        docs = await self.find({"_id": {"$in": list(ids)}}, limit=len(ids), fields=fields, tx=tx)
        return {doc["_id"]: doc for doc in docs}

    async def find_one(self, where: Filter, fields: Filter | None = None, tx: Tx | None = None) -> Doc | None:
        """Return the one document, or None."""
        doc: Doc | None = await self._inner.find_one(where, fields, session=_session(tx))
        return doc

    async def sifted(
        self,
        served: Filter,
        rest: Filter,
        *,
        limit: int,
        fields: Filter,
        sort: Sort | None = None,
        tx: Tx | None = None,
    ) -> list[Doc]:
        """Return what an index serves and further conditions leave; some servers use the index only for two stages."""
        order: list[Doc] = [{"$sort": dict(sort)}] if sort else []
        pipeline: list[Doc] = [{"$match": served}, {"$match": rest}, *order, {"$limit": limit}, {"$project": fields}]
        return await self.aggregate(pipeline, limit=limit, tx=tx)

    async def aggregate(self, pipeline: Sequence[Doc], *, limit: int, tx: Tx | None = None) -> list[Doc]:
        """Run a pipeline and return at most `limit` documents."""
        cursor = self._inner.aggregate(pipeline, batchSize=limit, session=_session(tx))
        if asyncio.iscoroutine(cursor):  # PyMongo's own client answers a coroutine where Motor answers the cursor.
            cursor = await cursor
        docs: list[Doc] = await cursor.to_list(limit)
        return docs

    async def insert_one(self, doc: Doc, tx: Tx | None = None) -> None:
        """Insert a document; raises DuplicateKeyError."""
        await self._inner.insert_one(doc, session=_session(tx))

    async def insert_many(self, docs: Sequence[Doc], tx: Tx | None = None) -> None:
        """Insert documents in one command; raises DuplicateKeyError."""
        if docs:
            with _duplicates_named():
                await self._inner.insert_many(docs, ordered=True, session=_session(tx))

    async def bulk(self, writes: Sequence[Any], tx: Tx | None = None) -> int:
        """Send writes of one kind in one command; return how many documents they met; raises DuplicateKeyError."""
        if not writes:
            return 0
        with _duplicates_named():
            result = await self._inner.bulk_write(writes, ordered=True, session=_session(tx))
        return int(result.matched_count + result.upserted_count + result.inserted_count + result.deleted_count)

    async def update_one(self, where: Filter, update: Any, *, upsert: bool = False, tx: Tx | None = None) -> int:
        """Update one document; return 1 when one was met or made."""
        result = await self._inner.update_one(where, update, upsert=upsert, session=_session(tx))
        return int(result.matched_count + (1 if result.upserted_id is not None else 0))

    async def change_one(self, where: Filter, update: Any, *, upsert: bool = False, tx: Tx | None = None) -> Doc | None:
        """Update one document and return it as it is after, or None when none was met."""
        doc: Doc | None = await self._inner.find_one_and_update(
            where, update, upsert=upsert, return_document=pymongo.ReturnDocument.AFTER, session=_session(tx)
        )
        return doc

    async def delete_one(self, where: Filter, tx: Tx | None = None) -> int:
        """Delete one document; return how many went."""
        result = await self._inner.delete_one(where, session=_session(tx))
        return int(result.deleted_count)

    async def delete_ids(self, ids: Sequence[Any], tx: Tx | None = None) -> int:
        """Delete the documents with these ids in one command."""
        return await self.bulk([DeleteOne({"_id": one}) for one in ids], tx)

    async def estimated_count(self) -> int:
        """Return about how many documents there are."""
        return int(await self._inner.estimated_document_count())

    async def index_names(self) -> set[str]:
        """Return the names of the indexes that exist."""
        found = await self._inner.index_information()
        return set(found)

    async def build(self, indexes: Sequence[Index]) -> None:
        """Create the indexes that are missing."""
        models = [pymongo.IndexModel(list(one.keys), name=one.name, unique=one.unique) for one in indexes]
        if models:
            await self._inner.create_indexes(models)


class Database:
    """A database: its collections, and transactions over them."""

    def __init__(self, client: Any, name: str) -> None:
        """Use a connected client."""
        self.client = client
        self.name = name
        self.rehearse = False
        """Tests set it: each body is run once, aborted and run again, as MongoDB does after a transient error."""
        self._inner = client.get_database(name, codec_options=CODEC, write_concern=MAJORITY)
        self._collections: dict[str, Collection] = {}

    def __getitem__(self, name: str) -> Collection:
        """Return a collection by name."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = Collection(self._inner[name], name)
        return found

    async def close(self) -> None:
        """Close the client."""
        # PyMongo's own client answers a coroutine; Motor's blocks while it says goodbye to the server.
        closing = await asyncio.to_thread(self.client.close)
        if closing is not None:
            await closing

    async def ping(self) -> None:
        """Raise unless the server answers as a primary."""
        await self._inner.command("ping")

    async def collection_names(self) -> list[str]:
        """Return the names of all collections."""
        names: list[str] = await self._inner.list_collection_names()
        return names

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """Open a line: one session for many transactions, by whose id another process can end what a dead one left open."""
        async with self._session() as session:
            yield Line(session)

    async def cut(self, line_id: bytes) -> None:
        """End what is open on a line. A server keeps a dead client's transaction, and what it wrote locked, for a minute."""
        try:
            await self.client.admin.command("killSessions", [{"id": Binary(line_id, UUID_SUBTYPE)}])
        except OperationFailure:
            # Who may not end sessions waits for that minute.
            return

    async def transact(self, body: Callable[[Tx], Awaitable[T]], *, line: Line | None = None) -> T:
        """Run the body in one transaction, on a line if one is given, and return its answer.

        Snapshot reads, majority writes, 5 attempts with jitter, 8 seconds in all. The body may run several times, so it
        makes nothing but database calls, with ids and times drawn before. A transient error, a write conflict or a
        duplicate key starts it anew; an unknown commit result repeats the commit only.
        Raises Unavailable (UNAVAILABLE) when no attempt came through; any error of the body after an abort.
        """
        with pymongo.timeout(TRANSACTION_SECONDS):
            if self.rehearse:
                await self._rehearse(body)
            for attempt in range(1, TRANSACTION_ATTEMPTS + 1):
                try:
                    return await self._attempt(body, line)
                except PyMongoError as error:
                    if attempt == TRANSACTION_ATTEMPTS or not _is_transient(error):
                        raise _as_ours(error) from error
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311
        raise AssertionError

    async def _attempt(self, body: Callable[[Tx], Awaitable[T]], line: Line | None) -> T:
        async with nullcontext(line.session) if line else self._session() as session:
            await _begin(session)
            try:
                answer = await body(Tx(session))
            except BaseException:
                await _abort(session)
                raise
            await self._commit(session)
            return answer

    async def _commit(self, session: Any) -> None:
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            try:
                await session.commit_transaction()
            except PyMongoError as error:
                if attempt == COMMIT_ATTEMPTS or not error.has_error_label("UnknownTransactionCommitResult"):
                    raise
            else:
                return

    async def _rehearse(self, body: Callable[[Tx], Awaitable[T]]) -> None:
        async with self._session() as session:
            await _begin(session)
            try:
                await body(Tx(session))
            except PyMongoError as error:
                if not _is_transient(error):
                    raise
            finally:
                await _abort(session)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Any]:
        session = self.client.start_session(causal_consistency=False)
        if asyncio.iscoroutine(session) or asyncio.isfuture(session):  # Motor answers an awaitable, PyMongo a session.
            session = await session
        try:
            yield session
        finally:
            await session.end_session()


def connect(url: str, name: str, *, driver: Literal["motor", "pymongo"] = "motor") -> Database:
    """Return a database on a client of the running event loop; nothing is sent yet."""
    options: Doc = {
        "tz_aware": True,
        "timeoutMS": COMMAND_SECONDS * 1000,
        "serverSelectionTimeoutMS": 20_000,
        "retryWrites": True,
        "retryReads": True,
        "w": "majority",
        "journal": True,
        "appname": "regulars",
    }
    client: Any = AsyncIOMotorClient(url, **options) if driver == "motor" else AsyncMongoClient(url, **options)
    return Database(client, name)


def deadline(seconds: float) -> AbstractContextManager[Any]:
    """Bound what is sent inside: the server is told, and the driver gives up, with an error that `is_timeout` knows."""
    return pymongo.timeout(seconds)


def is_timeout(error: BaseException) -> bool:
    """Tell whether a command ran into its deadline."""
    return isinstance(error, PyMongoError) and (error.timeout or isinstance(error, NetworkTimeout | ExecutionTimeout))


def as_unavailable(error: PyMongoError) -> Unavailable:
    """Return the error that a caller may see for a driver's error."""
    if is_timeout(error):
        return Unavailable("The database did not answer in time. Nothing was lost; try again.", code="TIMEOUT")
    return Unavailable()


def unavailable(error: BaseException) -> Unavailable | None:
    """Return the error that a caller may see when this is an error of the driver, else None."""
    if not isinstance(error, PyMongoError):
        return None
    return as_unavailable(error) if isinstance(error, ConnectionFailure) or is_timeout(error) else None


def is_write_conflict(error: BaseException) -> bool:
    """Tell whether another open transaction holds the document that this one wrote."""
    if isinstance(error, BulkWriteError):
        return any(one.get("code") == _WRITE_CONFLICT for one in (error.details or {}).get("writeErrors", ()))
    return isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT


def _as_ours(error: PyMongoError) -> Exception:
    if isinstance(error, OperationFailure) and error.code == _OUT_OF_DISK:
        return RegularsError("The disk of the database is full; nothing of this was written.", "STORAGE_FULL")
    return (
        as_unavailable(error)
        if isinstance(error, ConnectionFailure) or is_timeout(error) or _is_transient(error)
        else error
    )


def _session(tx: Tx | None) -> Any:
    return None if tx is None else tx.session


async def _begin(session: Any) -> None:
    started = session.start_transaction(read_concern=SNAPSHOT, write_concern=MAJORITY)
    if asyncio.iscoroutine(started):  # PyMongo's own client answers a coroutine where Motor begins at once.
        await started


async def _abort(session: Any) -> None:
    if session.in_transaction:
        await session.abort_transaction()


def _is_transient(error: PyMongoError) -> bool:
    if error.has_error_label("TransientTransactionError"):
        return True
    # A duplicate key means that somebody was faster: the next attempt reads what he wrote and decides anew.
    return isinstance(error, OperationFailure) and error.code == _DUPLICATE_KEY


class _duplicates_named:  # noqa: N801
    """Turn a bulk error that is a duplicate key into DuplicateKeyError, as single writes raise it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BulkWriteError):
            details = error.details or {}
            for one in details.get("writeErrors", ()):
                if one.get("code") == _DUPLICATE_KEY:
                    raise DuplicateKeyError(str(one.get("code")), _DUPLICATE_KEY, details) from error
