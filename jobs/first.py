"""What `up` does in the database before and after the parts start: indexes, the first admin, the demo customers."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from api import indexes
from api.access import rules as access
from api.core.context import Context
from api.core.errors import Invalid, RegularsError
from api.core.settings import Settings, SettingsError
from api.imports import rules as imports
from jobs import broker as brokers, people
from jobs.context import system_context

DEMO = Path(__file__).parent.parent / "demo" / "customers.csv"
DEMO_SECONDS = 120


async def prepare(settings: Settings) -> None:
    """Build the indexes that are missing."""
    async with system_context(settings) as ctx:
        await indexes.build(ctx.db)


async def welcome(settings: Settings) -> tuple[str, bool]:
    """Make the first admin where there is no user yet; return how to sign in, and whether this is the first start."""
    async with system_context(settings) as ctx:
        if await access.has_users(ctx):
            return f"Sign in as before. A new password: {_program()} user password EMAIL", False
        return await first_admin(ctx), True


async def demo(settings: Settings, give_up: Callable[[], bool]) -> str:
    """Load the demo customers; return what to say about it."""
    bell = brokers.Doorbell(brokers.connect(settings.redis_url))
    async with system_context(settings, bell) as ctx:
        return await load_demo(ctx, give_up)


async def first_admin(ctx: Context) -> str:
    """Make an Owner; return how to sign in, with a generated password this once."""
    settings = ctx.settings
    password = settings.admin_password or "-".join(secrets.token_hex(2) for _ in range(4))
    try:
        await people.make_user(ctx, settings.admin_email, "First admin", ["owner"], password)
    except Invalid as error:
        name = "REGULARS_ADMIN_PASSWORD" if "password" in error.path else "REGULARS_ADMIN_EMAIL"
        message = f"{name} cannot be taken: {error.message}"
        raise SettingsError(message) from error
    shown = (
        "the password of REGULARS_ADMIN_PASSWORD"
        if settings.admin_password
        else f"the password {password}  (shown this once)"
    )
    return f"Sign in as {settings.admin_email} with {shown}"


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


def _program() -> str:
    program, here = Path(sys.executable).with_name("regulars"), Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)
