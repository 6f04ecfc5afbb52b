"""What retention policies will do: who goes within 90 days, who would but for a hold or an exemption, and a customer's fate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bson import ObjectId

from api.core.context import SYSTEM, Context
from api.core.errors import Conflict
from api.core.mongo import Doc, Filter
from api.core.paging import Cursors, Order, Slice, cut, page, window
from api.core.personal import Act
from api.customers import ages, choosing
from api.customers.clearing import is_anonymized
from api.retention import choosing as choose, store
from api.retention.model import (
    ONE_DAY,
    Fate,
    Policy,
    base_of,
    day_of,
    earliest_day,
    fate,
    last_day,
    reached_before,
    runs_at,
)

MAX_HELD = 10_000
"""Customers whose hold ends within the forecast: each is looked at."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a forecast of one policy rests on."""

    policy: Policy
    zone: ZoneInfo
    now: datetime
    earliest: date
    """The day of its next run."""
    last: date
    exempted: Doc | None

    @property
    def days(self) -> list[date]:
        """The days of its runs, as far as the forecast goes."""
        return [self.earliest + n * ONE_DAY for n in range((self.last - self.earliest).days + 1)]

    @property
    def goes(self) -> Doc:
        """The condition of whoever nothing keeps beyond the last day, among those whose time comes."""
        kept = [{"$nor": [self.exempted]}] if self.exempted else []
        return {"$and": [*kept, choose.free(runs_at(self.last, self.zone))]}

    def aged(self, more: Sequence[Doc]) -> list[tuple[str, Filter]]:
        """Return (field of the age, filter) of whose time comes until the last day and who meets more."""
        conditions = [*choose.meant(self.policy, None), *more]
        found = choose.aged(self.policy, reached_before(self.policy.days, self.last, self.zone))
        return [(field, {**where, "$and": conditions} if conditions else where) for field, where in found]

    def fate(self, doc: Doc, *, exempt: bool) -> Fate | None:
        """Return what becomes of a customer whom the policy means."""
        base = base_of(self.policy, doc)
        return fate(self.policy.days, base, doc.get("hold"), self.earliest, self.zone, exempt=exempt)


@dataclass(frozen=True, slots=True)
class Day:
    """How many go on a day, and how many would but for what keeps them beyond the forecast."""

    day: date
    go: int
    blocked: int


async def outlooks(ctx: Context, policies: Sequence[Policy]) -> list[Outlook]:
    """Return what the forecasts of policies rest on, without exemptions; one command."""
    zone, now = choose.zone_of(ctx), ctx.now()
    today, last = day_of(now, zone), last_day(now, zone)
    begun = await store.days(ctx, [day_id(one.id, today) for one in policies])
    return [
        Outlook(one, zone, now, earliest_day(one, now, zone, ran_today=day_id(one.id, today) in begun), last, None)
        for one in policies
    ]


async def outlook(ctx: Context, policy: Policy) -> Outlook:
    """Return what a policy's forecast rests on; raises Conflict (EXEMPTION_BROKEN), Forbidden for what it asks about."""
    (found,) = await outlooks(ctx, [policy])
    exempted = await choose.exempt(ctx, policy)
    return Outlook(policy, found.zone, found.now, found.earliest, found.last, exempted)


def day_id(policy_id: ObjectId, day: date) -> str:
    """Return the id under which it is noted that a day was begun."""
    return f"{policy_id}:{day.isoformat()}"


# --- the list ---


async def listed(
    ctx: Context, found: Outlook, first: int | None, after: str | None, *, blocked: bool | None
) -> Slice[tuple[Doc, Fate]]:
    """Return a page of whose time comes within the forecast, oldest first: with `blocked` only those who stay, or who go.

    Raises Invalid for sizes and cursors, FILTER_TOO_BROAD.
    """
    policy = found.policy
    cursors = Cursors(ctx.keys, "retention", str(policy.id), policy.version, blocked)
    asked = page(cursors, first, after)
    more = [] if blocked is None else [{"$nor": [found.goes]} if blocked else found.goes]
    docs: list[Doc] = []
    limit = 0
    for field, where in found.aged(more) if found.days else ():
        beyond, sort, limit = window(Order(field), asked)
        whole = {**where, "$and": [*where.get("$and", ()), beyond]} if beyond else where
        docs += await ages.listed(ctx, whole, sort, limit)
    docs = sorted(docs, key=lambda doc: (base_of(policy, doc), doc["_id"]))[:limit]
    exempt = await _exempt(ctx, found, [doc["_id"] for doc in docs])
    rows = [(doc, found.fate(doc, exempt=doc["_id"] in exempt)) for doc in docs]
    known = [(doc, one) for doc, one in rows if one]
    return cut(known, asked, cursors, lambda row: (base_of(policy, row[0]), row[0]["_id"]))


async def _exempt(ctx: Context, found: Outlook, ids: Sequence[ObjectId]) -> set[ObjectId]:
    return await choosing.still(ctx, ids, found.exempted) if found.exempted and ids else set()


# --- the calendar ---


async def calendar(ctx: Context, found: Outlook) -> list[Day]:
    """Return how many go on each day of the forecast, days without anybody left out; raises FILTER_TOO_BROAD."""
    go = await _per_day(ctx, found, [found.goes, {"hold": None}])
    for one in await _held(ctx, found):
        if one.goes_at:
            name = day_of(one.goes_at, found.zone).isoformat()
            go[name] = go.get(name, 0) + 1
    blocked = await _per_day(ctx, found, [{"$nor": [found.goes]}])
    names = sorted(go.keys() | blocked.keys())
    return [Day(date.fromisoformat(one), go.get(one, 0), blocked.get(one, 0)) for one in names]


async def _per_day(ctx: Context, found: Outlook, more: Sequence[Doc]) -> dict[str, int]:
    days = [(one.isoformat(), reached_before(found.policy.days, one, found.zone)) for one in found.days]
    total: dict[str, int] = {}
    for field, where in found.aged(more) if days else ():
        for day, count in (await ages.per_day(ctx, where, field, days)).items():
            total[day] = total.get(day, 0) + count
    return total


async def _held(ctx: Context, found: Outlook) -> list[Fate]:
    """Return the fates of those who go, and of whom something is or was held."""
    fates: list[Fate | None] = []
    for field, where in found.aged([found.goes, {"hold": {"$ne": None}}]) if found.days else ():
        docs = await ages.listed(ctx, where, [(field, 1), ("_id", 1)], MAX_HELD, only=ages.FIELDS)
        fates += [found.fate(doc, exempt=False) for doc in docs]
    return [one for one in fates if one]


# --- one customer ---


async def of_customers(ctx: Context, ids: Sequence[ObjectId]) -> dict[ObjectId, tuple[Policy, Fate]]:
    """Return by which policy that is on each customer (at most 1,000) goes first, and when; none: she stays.

    The exemption is asked for the system: whoever may see a customer may see that something keeps her.
    """
    policies = [one for one in map(Policy.of, await store.every(ctx)) if one.enabled]
    if not policies:
        return {}
    docs, found = await ages.these(ctx, ids), await outlooks(ctx, policies)
    fates: dict[ObjectId, list[tuple[Policy, Fate]]] = {}
    for one in found:
        hers = {doc["_id"]: doc for doc in docs.values() if _means(one.policy, doc)}
        exempt = await _exempt_for_system(ctx, one, list(hers))
        for customer_id, doc in hers.items() if exempt is not None else ():
            what = one.fate(doc, exempt=customer_id in (exempt or ()))
            fates.setdefault(customer_id, []).extend([(one.policy, what)] if what else [])
    return {customer_id: _first(several) for customer_id, several in fates.items() if several}


async def _exempt_for_system(ctx: Context, found: Outlook, ids: Sequence[ObjectId]) -> set[ObjectId] | None:
    """Return who is exempt; None where nobody can tell, so that the policy does not run."""
    try:
        exempted = await choose.exempt(ctx.as_(SYSTEM), found.policy)
    except Conflict:
        return None
    return await choosing.still(ctx, ids, exempted) if exempted and ids else set()


def _means(policy: Policy, doc: Doc) -> bool:
    """Tell whether a policy takes a customer at some age, as `choosing.meant`."""
    is_kind = policy.kind is None or doc["kind"] == policy.kind
    return is_kind and not (policy.act is Act.ANONYMIZE and is_anonymized(doc))


def _first(fates: Iterable[tuple[Policy, Fate]]) -> tuple[Policy, Fate]:
    """Return the first that takes her; where none does, the first that would."""
    return min(fates, key=lambda one: (one[1].goes_at is None, one[1].goes_at or one[1].due_at))
