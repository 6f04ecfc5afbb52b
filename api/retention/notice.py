"""The mails about a retention policy: it begins, or it cannot run. They name no customer."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from api.access import rules as access
from api.access.model import Permission
from api.core.context import SYSTEM, Context
from api.core.errors import Unavailable
from api.core.mongo import Doc
from api.core.personal import Act
from api.customers.model import Kind
from api.mail import rules as mail
from api.retention import forecast
from api.retention.model import HORIZON_DAYS, AgeOf, Policy, runs_at

_WHO = {Kind.KNOWN: "Known customers", Kind.ANONYMOUS: "Anonymous customers", None: "Customers"}
_GO = {
    Act.ANONYMIZE: "are anonymized: all that is personal is removed, for good",
    Act.ERASE: "are erased with all that is known about them, for good",
}
_AGE = {
    AgeOf.CREATED: "after they were created",
    AgeOf.UPDATED: "after a field of theirs last changed",
    AgeOf.LAST_SEEN: "after they were last seen (after they were created, where they never were)",
}


async def letters(ctx: Context, policy: Policy) -> list[Doc]:
    """Return the mails to everybody who may change policies when one begins."""
    found = await forecast.outlook(ctx.as_(SYSTEM), policy)
    try:
        days = await forecast.calendar(ctx.as_(SYSTEM), found)
    except Unavailable:
        many = "How many that will be is more than could be counted."
    else:
        first = sum(one.go for one in days if one.day == found.earliest)
        blocked = sum(one.blocked for one in days)
        many = (
            f"As things stand, that will be {_people(first)}, and {_people(sum(one.go for one in days))} within "
            f"{HORIZON_DAYS} days.\n{_people(blocked)} would go too, but for a legal hold or an exemption."
        )
    text = (
        f'{ctx.caller.actor["name"] or "Somebody"} switched on the retention policy "{policy.name}", or changed what it does.\n\n'
        f"{what(policy)}\n\n"
        f"It runs for the first time on {_moment(runs_at(found.earliest, found.zone), found.zone)}.\n{many}\n\n"
        f"Who goes and when: {ctx.settings.url}/settings/retention\n"
        "Until then it can be switched off there, and nothing happens.\n"
    )
    verb = "anonymize" if policy.act is Act.ANONYMIZE else "erase"
    return await _to_all(ctx, f"Regulars will {verb} customers: {policy.name}", text)


async def broken(ctx: Context, policy: Policy) -> list[Doc]:
    """Return the mails to everybody who may change policies when one cannot run."""
    text = (
        f'The retention policy "{policy.name}" did not run today, and will not run: its exemption cannot be asked any more.\n'
        "Nobody was removed who should have stayed, nor anybody else.\n\n"
        f"Mend the exemption, or leave it out: {ctx.settings.url}/settings/retention\n"
    )
    return await _to_all(ctx, f"A retention policy does not run: {policy.name}", text)


def what(policy: Policy) -> str:
    """Return what a policy does, as a sentence."""
    days = "1 day" if policy.days == 1 else f"{policy.days:,} days"
    exempt = " Whoever meets its exemption stays." if policy.exempt else ""
    return f"{_WHO[policy.kind]} {_GO[policy.act]}, {days} {_AGE[policy.age_of]}.{exempt}"


async def _to_all(ctx: Context, subject: str, text: str) -> list[Doc]:
    users = await access.users_who_may(ctx, Permission.SETTINGS_RETENTION)
    return [mail.draft(ctx, one.email, subject, f"Hello {one.name},\n\n{text}") for one in users]


def _people(count: int) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%A %-d %B %Y at %H:%M} ({zone.key})"
