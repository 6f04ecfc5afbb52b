"""The command line `regulars`. Each command says what it does with --help; what it calls is imported when it runs."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from api.core.settings import Settings, SettingsError
from jobs.folder import Folder

T = TypeVar("T")

app = typer.Typer(
    name="regulars",
    help="A self-hosted customer database. Settings come from the environment; see the README's table.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user = typer.Typer(help="Who may sign in.", no_args_is_help=True)
key = typer.Typer(help="API keys for other systems.", no_args_is_help=True)
app.add_typer(user, name="user")
app.add_typer(key, name="key")


@app.command()
def up() -> None:
    """Start everything on this machine and keep it running: engines that are not set, indexes, worker, scheduler, API."""
    from jobs import up as supervisor  # noqa: PLC0415

    supervisor.main()


@app.command()
def serve(processes: Annotated[int, typer.Option(min=1, help="How many processes share the port.")] = 1) -> None:
    """Serve the API and the app; refuses to start when an index that keeps things unique is missing."""
    from jobs import web  # noqa: PLC0415

    settings = _settings(redis=True)
    # The serving processes read their settings themselves.
    os.environ.update(Folder.of(os.environ).filled(os.environ))
    _call(lambda: web.check(settings))
    web.main(settings, processes=processes)


@app.command()
def worker() -> None:
    """Work on runs and mails; any number of these may run."""
    from jobs import worker as work  # noqa: PLC0415

    work.main(_settings(redis=True))


@app.command()
def schedule() -> None:
    """Ask again for what is due and clear what has expired; any number may run, one leads."""
    from jobs import schedule as scheduler  # noqa: PLC0415

    scheduler.main(_settings(redis=True))


@app.command()
def indexes() -> None:
    """Build the indexes that are missing; safe to repeat, run it before a new version serves."""
    from jobs import first  # noqa: PLC0415

    _call(lambda: first.prepare(_settings()))
    typer.echo("All indexes are there.")


@app.command()
def schema() -> None:
    """Print the GraphQL schema; needs no settings and no database."""
    from api.schema import print_schema  # noqa: PLC0415

    typer.echo(print_schema().rstrip("\n"))


@user.command("create")
def user_create(
    email: Annotated[str, typer.Argument(help="What the user signs in with.")],
    name: Annotated[str, typer.Option(help="How the user is called.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role by its name; may be given several times.")] = None,
    *,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of generating one.")] = False,
) -> None:
    """Make a user and print the password once."""
    from jobs import people  # noqa: PLC0415

    password = _new_password(ask=ask)
    _call(lambda: people.create_user(_settings(), email, name or email.partition("@")[0], role or ["viewer"], password))
    typer.echo(f"{email} may sign in" + ("." if ask else f" with the password {password}"))


@user.command("password")
def user_password(
    email: Annotated[str, typer.Argument(help="Whose password.")],
    *,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of generating one.")] = False,
) -> None:
    """Set a new password, end the user's sessions, and print the password once."""
    from jobs import people  # noqa: PLC0415

    password = _new_password(ask=ask)
    _call(lambda: people.put_password(_settings(), email, password))
    typer.echo(f"The password of {email} is changed" + ("." if ask else f" to {password}"))


@key.command("create")
def key_create(
    role: Annotated[str, typer.Option(help="A role by its name: owner, data-admin, editor, viewer, ...")],
    name: Annotated[str, typer.Option(help="What the key is for.")],
) -> None:
    """Make an API key and print it; nobody can show it again."""
    from jobs import people  # noqa: PLC0415

    typer.echo(_call(lambda: people.create_key(_settings(), name, role)))


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file with the template's columns.")
    ],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end and print what became of the rows.")] = False,
) -> None:
    """Import customers from a CSV file: plan, then apply. A worker does it."""
    from jobs import imports  # noqa: PLC0415

    for line in _call(lambda: imports.from_command_line(_settings(redis=True), file, wait=wait)):
        typer.echo(line)


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="Where to write; what is there goes.")],
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or json.")] = "csv",
    flavor: Annotated[str, typer.Option("--for", help="Of csv: spreadsheet or machine.")] = "machine",
    column: Annotated[
        list[str] | None, typer.Option(help="A column; may be given several times. Without: all but bank accounts.")
    ] = None,
    search: Annotated[str | None, typer.Option(help="Only whom the list's search finds.")] = None,
) -> None:
    """Export customers into a file. A worker does it."""
    from jobs import exports  # noqa: PLC0415

    for line in _call(lambda: exports.to_file(_settings(redis=True), file, form, flavor, column or [], search)):
        typer.echo(line)


@app.command("verify-receipt")
def verify_receipt(
    file: Annotated[Path, typer.Argument(help="The receipt: the text of the field `jws`, saved as it is.")],
    *,
    key: Annotated[Path, typer.Option("--key", help="The saved answer of GET /keys of who gave the receipt.")],
) -> None:
    """Check the receipt of a consent and say what it proves; needs no settings, no database and no network."""
    from api.core.errors import RegularsError  # noqa: PLC0415
    from jobs import receipts  # noqa: PLC0415

    try:
        lines = receipts.verified(file, key)
    except RegularsError as error:
        _refuse(error.message)
    for line in lines:
        typer.echo(line)


@app.command("verify-certificate")
def verify_certificate(
    file: Annotated[Path, typer.Argument(help="The certificate of a run that anonymized or erased, saved as it is.")],
    *,
    key: Annotated[
        str, typer.Option("--key", help="The saved answer of GET /keys of who signed it, or the key itself.")
    ],
) -> None:
    """Check a certificate and say what it proves; needs no settings, no database and no network."""
    from api.core.errors import RegularsError  # noqa: PLC0415
    from jobs import certificates  # noqa: PLC0415

    try:
        lines, is_clean = certificates.verified(file, key)
    except RegularsError as error:
        _refuse(error.message)
    for line in lines:
        typer.echo(line)
    if not is_clean:
        _refuse("The certificate is genuine, and it says that something was left.")


@app.command()
def erasures(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="Where to write; what is there goes.")],
) -> None:
    """Write everybody who was erased or anonymized into a signed file; keep it beside the backups, never in one."""
    from jobs import erasures as files  # noqa: PLC0415

    typer.echo(_call(lambda: files.written(_settings(), file)))


@app.command("replay-erasures")
def replay_erasures(
    file: Annotated[Path, typer.Argument(help="The newest file that `regulars erasures` wrote.")],
) -> None:
    """Erase and anonymize again whom a restored database still has; run it before anything serves or works."""
    from jobs import erasures as files  # noqa: PLC0415
    from jobs.process import PartFailed  # noqa: PLC0415

    try:
        with files.database(os.environ) as env:
            settings = Settings.from_env(env)
            lines, is_well = _call(lambda: files.replayed(settings, file, _progress))
    except (SettingsError, PartFailed) as error:
        _refuse(str(error))
    for line in lines:
        typer.echo(line)
    if not is_well:
        _refuse("Not everybody is gone; do not let anybody in yet.")


@app.command("verify-ledger")
def verify_ledger(
    seal: Annotated[
        list[Path] | None,
        typer.Option(
            help="A seal that left the database: a mail, lines of the log, or the JWS; may be given several times."
        ),
    ] = None,
) -> None:
    """Verify the ledger of consents: every chain, what is repeated of it, and the seals of its days."""
    from jobs import ledger  # noqa: PLC0415

    checked, faults = _call(lambda: ledger.verified(_settings(), seal or [], _progress))
    for line in (*faults, *checked):
        typer.echo(line)
    if faults:
        _refuse(f"The ledger does not hold: {len(faults):,} faults.")
    typer.echo("The ledger holds.")


def _progress(line: str) -> None:
    # On a terminal one line that changes, in a file one for each stretch.
    typer.echo(f"\r{line}  " if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())


def _settings(*, redis: bool = False) -> Settings:
    try:
        settings = Settings.from_env(Folder.of(os.environ).filled(os.environ))
    except SettingsError as error:
        _refuse(str(error))
    if redis and not settings.redis_url:
        _refuse("REDIS_URL is not set. Set it, or start everything on this machine with `regulars up`.")
    return settings


def _call(body: Callable[[], Awaitable[T]]) -> T:
    from api.core.errors import RegularsError  # noqa: PLC0415

    async def run() -> T:
        return await body()

    try:
        return asyncio.run(run())
    except RegularsError as error:
        _refuse(error.message)
    except SettingsError as error:
        _refuse(str(error))


def _new_password(*, ask: bool) -> str:
    if ask:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return "-".join(secrets.token_hex(2) for _ in range(4))


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    app()
