"""What `up` does in the database before and after the parts start: indexes, the first admin, the demo customers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

from api import indexes
from api.access import rules as access
from api.core.context import Context
from api.core.errors import RegularsError
from api.core.settings import Settings
from api.imports import rules as imports
from api.runs import rules as runs
from jobs import broker as brokers, people
from jobs.context import system_context

DEMO = Path(__file__).parent.parent / "demo" / "customers.csv"
DEMO_SECONDS = 120


async def prepare(settings: Settings) -> None:
    """Build the indexes that are missing."""
    async with system_context(settings) as ctx:
        await indexes.build(ctx.db)


async def welcome(settings: Settings) -> str:
    """Make the first admin where there is no user yet; return how to sign in."""
    async with system_context(settings) as ctx:
        return await first_admin(ctx)


async def demo(settings: Settings, give_up: Callable[[], bool]) -> str:
    """Load the demo customers where nothing is yet; return what to say about it."""
    bell = brokers.Doorbell(brokers.connect(settings.redis_url))
    async with system_context(settings, bell) as ctx:
        return await load_demo(ctx, give_up) if await is_untouched(ctx) else ""


async def first_admin(ctx: Context) -> str:
    """Make an Owner when there is no user; return how to sign in, with a generated password this once."""
    settings = ctx.settings
    if await access.has_users(ctx):
        return "Sign in as before. A new password: regulars user password EMAIL"
    password = settings.admin_password or "-".join(secrets.token_hex(2) for _ in range(4))
    await people.make_user(ctx, settings.admin_email, "First admin", ["owner"], password)
    shown = (
        "the password of REGULARS_ADMIN_PASSWORD"
        if settings.admin_password
        else f"the password {password}  (shown this once)"
    )
    return f"Sign in as {settings.admin_email} with {shown}"


async def is_untouched(ctx: Context) -> bool:
    """Tell whether nothing was ever imported or entered."""
    return not (await runs.listed(ctx, 1, None, None, None)).rows and await ctx.db["customers"].estimated_count() == 0


async def load_demo(ctx: Context, give_up: Callable[[], bool]) -> str:
    """Import the demo customers as an admin would, and wait for the worker to finish."""
    if not DEMO.exists():
        return "There are no demo customers to load (demo/customers.csv is missing)."
    try:
        async with asyncio.timeout(DEMO_SECONDS):
            run = await imports.import_file(ctx, DEMO, give_up=give_up)
    except (RegularsError, TimeoutError) as error:
        return f"The demo customers were not loaded completely ({type(error).__name__}); see the runs page."
    return f"{run.outcome.get('CREATE', 0)} demo customers were imported."
