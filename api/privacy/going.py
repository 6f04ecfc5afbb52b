"""Some customers go at once: the profiles, what found them, the check of the figures, and the note of what is left to clear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from bson import ObjectId

from api.access import rules as access
from api.core import ids
from api.core.context import Context
from api.core.errors import RegularsError
from api.core.mongo import Doc, Tx
from api.core.personal import Act
from api.customers import choosing, clearing
from api.customers.clearing import Fate, Result
from api.customers.leaving import Found
from api.privacy import clearings, figures, store
from api.privacy.requests import LOOKS, SPARED, Options, Place, act_of
from api.privacy.telling import FEW
from api.runs import rules as runs
from api.runs.model import Run, Step


class RootBatch:
    """Some persons go: their profiles, what found them, and with them the note of what is left to clear."""

    is_alone = True

    def __init__(
        self,
        run: Run,
        found: Sequence[Found],
        spared: frozenset[ObjectId],
        at: datetime,
        looks: Mapping[ObjectId, Doc],
        *,
        is_last: bool,
    ) -> None:
        """Draw all that is random; `spared` stay after all, `is_last` says that the chunk ends with these."""
        self._run = run
        self._found = found
        self._spared = spared
        self._at = at
        self._looks = looks
        self._is_last = is_last
        self._new_ids = clearing.random_ids(len(found))
        self._clearing_id = ids.new()

    @classmethod
    def of(cls, ctx: Context, run: Run, found: Sequence[Found], spared: frozenset[ObjectId], *, is_last: bool) -> Self:
        """Make the batch of some; the log says of each that she went, and nothing of what became of whom."""
        word = LOOKS[act_of(run)]
        looks = {one.customer_id: access.look(ctx, word, one.customer_id) for one in found}
        return cls(run, found, spared, ctx.now(), looks, is_last=is_last)

    def halves(self) -> list[Self]:
        """Return the same persons as two batches, or as one when there is only one."""
        middle, made = len(self._found) // 2, type(self)
        if not middle:
            return [self]
        return [
            made(self._run, self._found[:middle], self._spared, self._at, self._looks, is_last=False),
            made(self._run, self._found[middle:], self._spared, self._at, self._looks, is_last=self._is_last),
        ]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Let them go, and check that the figures are the same before and after."""
        run, act, at = self._run, act_of(self._run), self._at
        place = Place.of((await runs.in_transaction(ctx, run.id, tx)).state)
        suppress = Options.of(run.options).suppress
        drawn = zip(self._found, self._new_ids, strict=True)
        going = [(one, new) for one, new in drawn if one.customer_id not in self._spared]
        found, new_ids = [one for one, _ in going], [new for _, new in going]
        results = await clearing.clear(ctx, tx, found, act, at, new_ids, suppress=suppress, run_id=run.id)
        went = [one for one in results if one.fate is Fate.GONE]
        counts = {f"outcome.{fate.value}": sum(one.fate is fate for one in results) for fate in Fate}
        counts[f"outcome.{SPARED}"] = len(self._found) - len(going)
        if went:
            counts |= await self._check(ctx, tx, act, went)
            await self._record(ctx, tx, act, went, place.cleared)
            place = replace(place, cleared=place.cleared + 1, open=(*place.open, self._clearing_id))
        row = place.row + len(self._found)
        place = replace(place, chunk=place.chunk + 1, row=0) if self._is_last else replace(place, row=row)
        counts["tallies.customers"] = len(went)
        counts["tallies.identifiers"] = len({name for one in went if one.gone for name in one.gone.identifiers})
        put = {"personal.reason": None} if clearings.names_any(run, went) else {}
        return Step(place.doc, processed=len(self._found), counts=counts, put=put)

    async def _check(self, ctx: Context, tx: Tx, act: Act, went: Sequence[Result]) -> dict[str, int]:
        """Count what was and what is, read anew; raises RegularsError (FIGURES_DIFFER)."""
        old = [one.customer_id for one in went]
        new = [one.after["_id"] for one in went if one.after]
        there = await choosing.whole(ctx, [*old, *new], tx)
        before = figures.of(one.before for one in went)
        after = figures.of(there.get(one) for one in new)
        if not there.keys().isdisjoint(old) or (act is Act.ANONYMIZE and before != after):
            message = (
                "What is counted of these customers would not be the same afterwards; nothing of this was written."
            )
            raise RegularsError(message, "FIGURES_DIFFER")
        if act is Act.ERASE or (self._run.total or 0) < FEW:
            # Of so few the figures would say what each of them had.
            before, after = (Counter({figures.CUSTOMERS: one[figures.CUSTOMERS]}) for one in (before, after))
        return {
            f"details.figures.{side}.{name}": count
            for side, counted in (("before", before), ("after", after))
            for name, count in counted.items()
        }

    async def _record(self, ctx: Context, tx: Tx, act: Act, went: Sequence[Result], number: int) -> None:
        # In the order of the old ids, which says nothing of that of the new ones.
        gone = sorted((one.gone for one in went if one.gone), key=lambda one: one.customer_id)
        note = {**clearings.drafted(ctx, self._run.id, number, gone, self._at), "_id": self._clearing_id}
        await store.put_clearing(ctx, note, tx)
        suppressed = {one.customer_id: list(one.suppressed) for one in went}
        rows = [
            {
                "_id": one.customer_id,
                "act": act.value,
                "at": self._at,
                "run_id": self._run.id,
                "suppressed": suppressed[one.customer_id],
            }
            for one in gone
        ]
        await store.put_erasures(ctx, rows, tx)
        await access.put_looks(ctx, [self._looks[one.customer_id] for one in gone], tx)
