"""How the rows of a plan are decided: each as if those before it were applied, with the rules that every save goes by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Conflict
from api.core.mongo import Doc, Tx
from api.customers import edits, rules as customers
from api.customers.derive import SHARED, display_name, identifiers
from api.customers.model import FIELDS
from api.customers.rules import Book, Decision, Outcome
from api.imports import store
from api.imports.consenting import Consents, too_early
from api.imports.model import Issue, KeylessRows, PlannedRow, ReadRow, RowOutcome
from api.imports.seen import Seen
from api.runs.model import Run

CUSTOMERS_PER_STATE = 20


class Desk:
    """Decides rows one after the other, each as if those before it were applied."""

    def __init__(
        self, ctx: Context, run: Run, book: Book, states: Sequence[Doc], seen: Seen, consents: Consents | None
    ) -> None:
        self._consents = consents
        self._ctx = ctx
        self._run = run
        self._book = book
        self._seen = seen
        self._now: datetime = ctx.now()
        self._keys: dict[ObjectId, set[str]] = {}
        self._after: dict[ObjectId, Doc] = {}
        self._keyless = KeylessRows(run.options["keyless"])
        latest = {ObjectId(one): after for doc in states for one, after in doc["personal"]["after"].items()}
        for customer_id, after in latest.items():
            before = book.docs.get(customer_id, {})
            book.accept(Decision(Outcome.UPDATE, customer_id, before, after), ctx.keys)

    @classmethod
    async def open(
        cls, ctx: Context, run: Run, rows: Sequence[ReadRow], seen: Seen, tx: Tx, consents: Consents | None = None
    ) -> Desk:
        """Load what deciding these rows needs: three commands."""
        wanted = [row.edit for row in rows if not row.is_invalid]
        keys = {customers.identifier_id(ctx.keys, *one) for edit in wanted for one in edits.identifiers(edit)}
        named = {row.customer_id for row in rows if row.customer_id and not row.is_invalid}
        book = await customers.book_of(ctx, keys, named, tx)
        keys |= {_id_key(ctx, one) for one in named}
        states = await store.states(
            ctx, run.id, {key for key in keys if not customers.is_shared(key) and key in seen}, tx
        )
        return cls(ctx, run, book, states, seen, consents)

    def plan(self, row: ReadRow, new_id: ObjectId) -> PlannedRow:
        """Decide one row."""
        planned = PlannedRow(row.number, RowOutcome.INVALID, issues=list(row.issues), key=row.key)
        if "consent" not in self._run.options:
            planned.terms = row.terms
        planned.name = _name(row)
        # As long as it has come to nobody, a row is found by what it says of its person.
        planned.keys = sorted(
            customers.identifier_id(self._ctx.keys, *one) for one in edits.identifiers(row.edit) if one[0] not in SHARED
        )
        early = too_early(row, self._now) if self._consents else None
        planned.issues += [early] if early else []
        if row.is_invalid or early:
            return planned
        keyless = self._without_key(row)
        if keyless:
            planned.outcome = RowOutcome.SKIPPED
            planned.issues.append(keyless)
            return planned
        try:
            found = self._match(row)
        except Conflict as error:
            planned.outcome = RowOutcome.CONFLICT
            planned.issues.append(Issue(error.code, error.message))
            return planned
        self._decided(planned, row, customers.decide(self._ctx, self._book, row.edit, found or new_id, at=self._now))
        return planned

    def _match(self, row: ReadRow) -> ObjectId | None:
        """Return the customer whom a row means: by the id that an export wrote, else by its keys; raises Conflict."""
        found = customers.match(self._ctx.keys, self._book, row.edit)
        if row.customer_id not in self._book.docs:
            return found
        if found and found != row.customer_id:
            shown = " and ".join(ids.show(ids.CUSTOMER, one) for one in (row.customer_id, found) if one)
            raise Conflict(f"Its id and its keys belong to different customers: {shown}.", code="AMBIGUOUS_MATCH")
        return row.customer_id

    def _without_key(self, row: ReadRow) -> Issue | None:
        if row.key or row.customer_id in self._book.docs:
            return None
        if not row.edit.set and not row.edit.add:
            return Issue("EMPTY_ROW", "This row holds nothing that could be imported.")
        if self._keyless is KeylessRows.SKIP:
            return Issue(
                "NO_KEY", "This row has neither reference id nor email, so nobody could find this customer again."
            )
        return None

    def _decided(self, planned: PlannedRow, row: ReadRow, decision: Decision) -> None:
        planned.outcome = RowOutcome(decision.outcome.value)
        planned.issues += [Issue(one.code, one.message) for one in decision.problems]
        if decision.outcome in {Outcome.CONFLICT, Outcome.INVALID}:
            planned.customer_id = decision.customer_id if decision.before else None
            return
        if decision.outcome is not Outcome.CREATE:
            planned.keys = []
        planned.customer_id = decision.customer_id
        planned.base_version = decision.base_version
        planned.edit = row.edit
        planned.paths = decision.paths
        planned.name = display_name(decision.after)
        if self._consents:
            planned.consents = self._consents.of_row(row, planned, decision.after, self._now)
        if decision.writes:
            keys = self._keys.setdefault(decision.customer_id, set())
            keys |= self._keys_of(decision.before) | self._keys_of(decision.after)
            if row.customer_id:
                keys.add(_id_key(self._ctx, row.customer_id))
            self._after[decision.customer_id] = decision.after
            self._book.accept(decision, self._ctx.keys)

    async def keep(self, row: int, tx: Tx) -> None:
        """Record what these rows made of customers, for the rows that follow; one command."""
        docs: list[Doc] = []
        touched = list(self._after.items())
        for start in range(0, len(touched), CUSTOMERS_PER_STATE):
            some = touched[start : start + CUSTOMERS_PER_STATE]
            keys = {key for customer_id, _ in some for key in self._keys[customer_id]}
            self._seen.add(keys)
            after = {str(customer_id): _bare(doc) for customer_id, doc in some}
            docs.append(
                {
                    "_id": ids.new(),
                    "run_id": self._run.id,
                    "row": row,
                    "keys": sorted(keys),
                    "personal": {"after": after},
                }
            )
        await store.put_states(self._ctx, docs, tx)

    def _keys_of(self, doc: Doc) -> set[str]:
        return {
            customers.identifier_id(self._ctx.keys, kind, value)
            for kind, value, _ in identifiers(doc)
            if kind not in SHARED
        }


def _id_key(ctx: Context, customer_id: ObjectId) -> str:
    """Return what remembers a customer who was named by id, in the form of an identifier's id."""
    return customers.identifier_id(ctx.keys, "id", str(customer_id))


def _bare(doc: Doc) -> Doc:
    """Return what deciding needs of a document; the rest follows from it."""
    return {name: value for name, value in doc.items() if name in _DECIDING}


_DECIDING = {*FIELDS, "_id", "display_name", "trashed"}


def _name(row: ReadRow) -> str:
    names = [str(row.edit.set[name]) for name in ("given_name", "family_name") if row.edit.set.get(name)]
    return " ".join(names) or row.key
