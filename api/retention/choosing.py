"""Whom a policy means, as filters: the daily run, the forecast and a profile ask with the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

# Conditions about consent are known once their room is imported, which the scheduler has no other reason for.
import api.consent.asking  # noqa: F401
from api.core import ids
from api.core.context import SYSTEM, Context
from api.core.errors import Conflict, Forbidden, Invalid, RegularsError
from api.core.mongo import Doc, Filter
from api.core.personal import Act
from api.customers import choosing, reading
from api.retention.model import AgeOf, Policy, reached_before, runs_at

BROKEN = "EXEMPTION_BROKEN"
NAMES_SOMEBODY = frozenset({"given_name", "family_name", "reference_id", "emails", "phones", "social_accounts"})
"""Fields whose values say who somebody is: of these an exemption may only ask whether there are any."""
_JOINS = ("AND", "OR")


def zone_of(ctx: Context) -> ZoneInfo:
    """Return the time zone of the installation's days."""
    return ZoneInfo(ctx.settings.time_zone)


async def exempt(ctx: Context, policy: Policy) -> Doc | None:
    """Return the filter of whoever a policy leaves alone; None when it leaves nobody alone.

    Raises Conflict (EXEMPTION_BROKEN) for a condition that cannot be asked any more, Forbidden.
    """
    if policy.exempt is None:
        return None
    try:
        return await compiled(ctx, policy.exempt)
    except Forbidden:
        raise
    except (RegularsError, LookupError, TypeError, ValueError, AttributeError) as error:
        # What was stored was asked of other fields and other agreements, perhaps by another version of this program.
        message = f"The exemption of {policy.name} cannot be asked any more, so that the policy does not run: mend it."
        raise Conflict(message, code=BROKEN) from error


async def compiled(ctx: Context, tree: Mapping[str, Any]) -> Doc:
    """Return the filter of an exemption; raises Invalid, Forbidden."""
    found = await reading.filter_of(ctx, search=None, where=tree, trash=False)
    asked: list[Doc] = found.get("$and", [])
    if not asked:
        # A condition without content means everybody, who wrote it meant somebody.
        raise Invalid("Say whom to leave alone, or leave the exemption out.", code="REQUIRED", path=("except",))
    return {"$and": asked}


def named(tree: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields by whose values a condition would name a person."""
    for name, part in tree.items():
        if name in _JOINS:
            for one in part or ():
                yield from named(one)
        elif name == "NOT":
            yield from named(part or {})
        elif name in NAMES_SOMEBODY and any(asked != "is_set" for asked in part or ()):
            yield name


def meant(policy: Policy, exempted: Doc | None) -> list[Doc]:
    """Return the conditions of whoever a policy will take at some age; those in the trash too."""
    found: list[Doc] = [{"kind": policy.kind.value}] if policy.kind else []
    if policy.act is Act.ANONYMIZE:
        # As `clearing.is_anonymized`: whoever was written since is a person again.
        found.append({"$or": [{"anonymized_at": None}, {"version": {"$ne": 1}}]})
    return [*found, {"$nor": [exempted]}] if exempted else found


def free(moment: datetime) -> Doc:
    """Return the condition of whoever is not held at a moment."""
    return {"$or": [{"hold": None}, {"hold.until": {"$lte": moment}}]}


def aged(policy: Policy, before: datetime) -> list[tuple[str, Doc]]:
    """Return (field of the age, filter) of whoever's age began before a moment; one or two, and nobody is in both."""
    everybody: Doc = {"trashed": {"$in": [False, True]}}
    older = {"$lt": before}
    if policy.age_of is AgeOf.LAST_SEEN:
        return [
            ("sort_last_seen", {**everybody, "sort_last_seen": older, "last_seen_at": {"$exists": True}}),
            ("created_at", {**everybody, "created_at": older, "last_seen_at": {"$exists": False}}),
        ]
    field = "created_at" if policy.age_of is AgeOf.CREATED else "updated_at"
    return [(field, {**everybody, field: older})]


def joined(parts: Sequence[Filter]) -> Filter:
    """Return the filter of whoever one of these finds."""
    return parts[0] if len(parts) == 1 else {"trashed": {"$in": [False, True]}, "$or": parts}


async def chosen(ctx: Context, policy: Policy, day: date, moment: datetime) -> Filter:
    """Return the filter of whoever goes by a policy's run of a day; `moment` is when that run is due.

    Raises as `exempt`.
    """
    exempted = await exempt(ctx.as_(SYSTEM), policy)
    more = [*meant(policy, exempted), free(moment)]
    parts = [{**one, "$and": more} for _, one in aged(policy, reached_before(policy.days, day, zone_of(ctx)))]
    return joined(parts)


def snapshot(policy: Policy, stored: Doc, day: date) -> Doc:
    """Return a policy as its run of a day remembers it."""
    return {
        "id": ids.show(ids.RETENTION, policy.id),
        "name": policy.name,
        "day": day.isoformat(),
        "stored": {name: stored[name] for name in stored if name not in {"last", "error"}},
    }


async def still(ctx: Context, remembered: Mapping[str, Any], customer_ids: Sequence[ObjectId]) -> set[ObjectId]:
    """Return whom of these (at most 1,000) a run of a policy still means: not who was seen meanwhile, or is exempt by now.

    Raises as `exempt`.
    """
    policy = Policy.of({"error": None, **remembered["stored"]})
    day = date.fromisoformat(remembered["day"])
    where = await chosen(ctx, policy, day, runs_at(day, zone_of(ctx)))
    return await choosing.still(ctx, customer_ids, where)
