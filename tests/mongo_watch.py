"""The listener that sees every command of every test, and what only the order of commands shows.

`install` registers it for all clients made afterwards, with either driver. Clients made before (the tests' own set-up)
stay unwatched.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import bson
from pymongo import monitoring

from tests.mongo_reads import Doc, Shape, Violation, collection_of
from tests.mongo_rules import WRITES, in_transaction, violations, written

MAX_TRANSACTION_DOCUMENTS = 1_000
MAX_TRANSACTION_BYTES = 4_000_000
ASIDE = frozenset({"api_keys", "users", "access_log"})
"""The look-up of who asks, and the access log: not counted among the commands of an operation."""
UNCOUNTED = frozenset({"abortTransaction", "endSessions", "ping", "killCursors"})

TxKey: TypeAlias = tuple[bytes, int]


@dataclass
class _Transaction:
    failed: str = ""
    documents: int = 0
    size: int = 0
    cursors: set[int] = field(default_factory=set)


@dataclass
class _Sent:
    name: str
    collection: str
    transaction: TxKey | None
    aborted: bool = False

    def __str__(self) -> str:
        return "commit" if self.name == "commitTransaction" else f"{self.name} {self.collection}"


class Watch(monitoring.CommandListener):
    """Collects the violations of a test, and what it sent."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self.shape = Shape()
        self.found: list[Violation] = []
        self.explainer: Any = None
        """An unwatched client, on a real server: it explains each find."""
        self._log: list[_Sent] = []
        self._transactions: dict[TxKey, _Transaction] = {}
        self._busy: dict[bytes, int] = {}
        self._flying: dict[int, tuple[Doc, TxKey | None]] = {}
        self._lock = threading.Lock()

    def take(self) -> list[Violation]:
        """Return the violations so far, each once, and forget them and every open transaction."""
        with self._lock:
            found = list(dict.fromkeys(self.found))
            self.found.clear()
            self._log.clear()
            self._transactions.clear()
            self._busy.clear()
            self._flying.clear()
            return found

    @contextmanager
    def counting(self, *, everything: bool = False) -> Iterator[list[str]]:
        """Fill a list with the commands sent meanwhile, as "find customers" or "commit".

        Left out: what an aborted transaction sent (so also each rehearsal), and, unless everything is asked for, the
        look-up of who asks and the access log.
        """
        sent: list[str] = []
        with self._lock:
            start = len(self._log)
        yield sent
        with self._lock:
            seen = self._log[start:]
        sent += [str(one) for one in seen if not one.aborted and (everything or one.collection not in ASIDE)]

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Look at a command before it is sent."""
        command = event.command
        with self._lock:
            self._learn(command)
            self.found += violations(command, self.shape)
            key = _transaction_key(command)
            self._begin(event.request_id, command, key)
            if key is not None:
                self.found += self._ordered(command, key)
            if event.command_name not in UNCOUNTED:
                self._log.append(_Sent(event.command_name, collection_of(command), key))
            if event.command_name == "abortTransaction":
                for one in self._log:
                    one.aborted = one.aborted or one.transaction == key

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Look at the answer: a write error aborts a transaction, a cursor belongs to the one that opened it."""
        with self._lock:
            command, key = self._end(event.request_id)
            if self.explainer and event.command_name == "find":
                self.found += explained(self.explainer[event.database_name], command)
            if key is None:
                return
            state = self._transactions.setdefault(key, _Transaction())
            reply: Any = event.reply
            if reply.get("writeErrors"):
                state.failed = event.command_name
            state.cursors.add(reply.get("cursor", {}).get("id", 0))
            if event.command_name in WRITES:
                state.documents += int(reply.get("n", 0)) or (1 if reply.get("value") else 0)
                if state.documents > MAX_TRANSACTION_DOCUMENTS:
                    self.found.append(Violation("tx-documents", f"{collection_of(command)}: {state.documents}"))

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Remember that the transaction is aborted already."""
        with self._lock:
            _command, key = self._end(event.request_id)
            if key is not None:
                self._transactions.setdefault(key, _Transaction()).failed = event.command_name

    def _learn(self, command: Doc) -> None:
        collection = collection_of(command)
        for doc in written(command):
            self.shape.learn(collection, doc)
        updates = [one["u"] for one in command.get("updates", ())] + [command.get("update", {})]
        for update in updates:
            if isinstance(update, dict):
                self.shape.learn(collection, update.get("$set", {}))
                self.shape.learn(
                    collection, {path: [] for path in (*update.get("$push", ()), *update.get("$addToSet", ()))}
                )

    def _begin(self, request: int, command: Doc, key: TxKey | None) -> None:
        session = bytes(command["lsid"]["id"]) if "lsid" in command else b""
        if session and session in self._busy:
            self.found.append(Violation("session-two-at-once", next(iter(command))))
        if session:
            self._busy[session] = request
        self._flying[request] = (command, key)

    def _end(self, request: int) -> tuple[Doc, TxKey | None]:
        for session, busy in list(self._busy.items()):
            if busy == request:
                del self._busy[session]
        return self._flying.pop(request, ({}, None))

    def _ordered(self, command: Doc, key: TxKey) -> Iterator[Violation]:
        name = next(iter(command))
        state = self._transactions.setdefault(key, _Transaction())
        if state.failed and name != "abortTransaction" and not name == state.failed == "commitTransaction":
            yield Violation("tx-after-failure", f"{name} {collection_of(command)} after {state.failed} failed")
        if name == "getMore" and command["getMore"] not in state.cursors:
            yield Violation("tx-foreign-cursor", collection_of(command))
        if name in WRITES:
            state.size += len(bson.encode({key: value for key, value in command.items() if key != "$clusterTime"}))
            if state.size > MAX_TRANSACTION_BYTES:
                yield Violation("tx-size", f"{collection_of(command)}: {state.size} bytes")


def install() -> Watch:
    """Register a watch for every client that is made from now on."""
    watch = Watch()
    monitoring.register(watch)
    return watch


def explained(database: Any, command: Doc) -> Iterator[Violation]:
    """Ask a server how it answers a find; yield a violation when it walks the whole collection."""
    names = ("find", "filter", "sort", "limit")
    asked = {name: command[name] for name in names if name in command}
    answer = database.command({"explain": asked, "verbosity": "queryPlanner"})
    if "COLLSCAN" in str(answer.get("queryPlanner", {}).get("winningPlan")):
        yield Violation("collection-scan", f"{command['find']}: filter on {', '.join(sorted(command['filter']))}")


def _transaction_key(command: Doc) -> TxKey | None:
    if not in_transaction(command):
        return None
    return bytes(command["lsid"]["id"]), int(command["txnNumber"])
