"""All settings, read from the environment once; nothing else in the program reads the environment.

Each has a comment and a unit. A value that is not safe refuses to start with a sentence that says what to do.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

SECRET_MIN_CHARACTERS = 32
PASSWORD_MIN_CHARACTERS = 12
_LAST_PORT = 65_535
_RATE = re.compile(r"[1-9][0-9]{0,8}/[1-9][0-9]{0,8}")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_LOG_LEVELS = ("debug", "info", "warning", "error")
_PLACEHOLDERS = ("change", "secret", "example", "password", "00000000", "12345678")


class SettingsError(Exception):
    """A setting that Regulars does not start with; the text says which and why, never its value."""


@dataclass(frozen=True, slots=True)
class Described:
    """One row of the README's table of settings."""

    name: str
    default: str
    about: str


def _setting(name: str, about: str, default: Any = dataclasses.MISSING, shown: str | None = None) -> Any:
    """Declare a setting: its variable, what it is with its unit, its default, and how the table shows the default."""
    text = shown if shown is not None else "required" if default is dataclasses.MISSING else str(default)
    return dataclasses.field(default=default, metadata={"name": name, "about": about, "shown": text})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations."""

    # Where the database is. Every command but `up` needs one that runs; `up` brings its own when it is not set.
    mongodb_url: str = _setting(
        "MONGODB_URL", "Address of a MongoDB 7+ replica set or sharded cluster.", shown="an embedded server"
    )
    # Keys for ciphertexts, digests and signatures are derived from it, so losing it loses the bank accounts.
    secret: str = _setting(
        "REGULARS_SECRET",
        "At least 32 random characters; all keys are derived from it. Keep it as safe as the database's backup.",
        shown="generated once into the data folder",
    )
    host: str = _setting("HOST", "Address that the API listens on.", "127.0.0.1")
    port: int = _setting(
        "PORT", "TCP port of the API. `up` takes a free one when it is not set and 8000 is taken.", 8000
    )
    database: str = _setting("MONGODB_DATABASE", "Name of the database.", "regulars")
    redis_url: str = _setting(
        "REDIS_URL",
        "Address of a Redis 6.2+ or Valkey database that is used for nothing else, with `maxmemory-policy noeviction`.",
        "",
        "an embedded server",
    )
    smtp_url: str = _setting(
        "SMTP_URL",
        "Where mails are sent: `smtp://user:password@host:587` (STARTTLS) or `smtps://...:465`.",
        "",
        "none: mails stay in the outbox that the app shows",
    )
    mail_from: str = _setting("MAIL_FROM", "Sender of all mails.", "Regulars <regulars@localhost>")
    url: str = _setting(
        "REGULARS_URL",
        "Address that people type: links, cookies, allowed origins. https makes cookies `Secure`; "
        "required when HOST is not a loopback address.",
        "",
        "http://HOST:PORT",
    )
    secret_old: str = _setting(
        "REGULARS_SECRET_OLD", "The secret before, while rotating: read with, never written with.", "", "none"
    )
    data_dir: Path = _setting(
        "REGULARS_DATA_DIR", "Folder for what `up` keeps: embedded servers, secret, logs.", Path("data"), "./data"
    )
    admin_email: str = _setting(
        "REGULARS_ADMIN_EMAIL", "Email of the first admin, made when there is no user.", "admin@example.com"
    )
    admin_password: str = _setting(
        "REGULARS_ADMIN_PASSWORD",
        f"Password of the first admin, at least {PASSWORD_MIN_CHARACTERS} characters.",
        "",
        "generated, and shown once",
    )
    default_region: str = _setting(
        "REGULARS_DEFAULT_REGION",
        "Country (ISO 3166, two letters) of phone numbers written without a country code.",
        "NL",
    )
    time_zone: str = _setting(
        "REGULARS_TIME_ZONE", "Time zone (IANA name) of days and nights: figures, schedules.", "Europe/Amsterdam"
    )
    demo: bool = _setting(
        "REGULARS_DEMO",
        "`true` or `false`: whether `up` loads about 500 demo customers into an empty database.",
        True,
        "true",
    )
    session_idle_hours: int = _setting("REGULARS_SESSION_IDLE_HOURS", "Hours after which an unused sign-in ends.", 8)
    trusted_proxies: str = _setting(
        "REGULARS_TRUSTED_PROXIES",
        "Addresses (comma-separated, exact) of proxies whose `X-Forwarded-For` and `-Proto` are believed.",
        "127.0.0.1",
    )
    worker_threads: int = _setting(
        "REGULARS_WORKER_THREADS", "Jobs that one worker process works on at the same time.", 4
    )
    # Off where it matters: whoever may add a webhook could otherwise make the server knock on its neighbours' doors.
    webhooks_local: bool = _setting(
        "REGULARS_WEBHOOKS_LOCAL",
        "`true` or `false`: whether webhooks may go to `http://` and to private addresses; for development.",
        False,
        "false",
    )
    seal_email: str = _setting(
        "REGULARS_SEAL_EMAIL",
        "Address that the daily seal of the consents is mailed to, best one that nobody reads who may write the database.",
        "",
        "none: seals stand in the log",
    )
    # What an answer costs is in its `extensions.cost`; the buckets are shared by all API processes.
    rate_key: str = _setting(
        "REGULARS_RATE_KEY",
        "Cost that an API key may run up at once, and how much of it comes back each second.",
        "50000/5000",
    )
    rate_user: str = _setting("REGULARS_RATE_USER", "The same for each signed-in user.", "50000/5000")
    rate_anonymous: str = _setting(
        "REGULARS_RATE_ANONYMOUS", "The same for each address that asks without signing in.", "5000/100"
    )
    log_level: str = _setting("REGULARS_LOG_LEVEL", "`debug`, `info`, `warning` or `error`.", "info")

    def __post_init__(self) -> None:
        """Fill in the address and refuse what is not safe."""
        if not self.url and not _is_loopback(self.host):
            msg = "REGULARS_URL is not set, and HOST is not a loopback address. Set it to the address that people type."
            raise SettingsError(msg)
        shown_host = f"[{self.host}]" if ":" in self.host else self.host
        object.__setattr__(self, "url", (self.url or f"http://{shown_host}:{self.port}").rstrip("/"))
        for check in (_check_secrets, _check_urls, _check_numbers, _check_words, _check_admin):
            check(self)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `env`, by default the process's; an empty one counts as not set. Raises SettingsError."""
        env = os.environ if env is None else env
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            name: str = field.metadata["name"]
            text = env.get(name, "").strip()
            if text:
                values[field.name] = _parse(name, text, field.default)
            elif field.default is dataclasses.MISSING:
                msg = f"{name} is not set. Set it, or start everything on this machine with `regulars up`."
                raise SettingsError(msg)
        return cls(**values)

    @property
    def is_https(self) -> bool:
        """Whether people reach this installation over TLS, so that cookies are `Secure`."""
        return self.url.startswith("https://")

    @property
    def origin(self) -> str:
        """The one origin that browsers may write from: scheme, host and port of the address."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def __repr__(self) -> str:
        """Say nothing of the values: several are secret."""
        return "Settings(...)"


def describe() -> list[Described]:
    """Return the rows of the README's table of settings, in order."""
    return [
        Described(f.metadata["name"], f.metadata["shown"], f.metadata["about"]) for f in dataclasses.fields(Settings)
    ]


def _parse(name: str, text: str, default: object) -> object:
    parsers: dict[type, Callable[[str], object]] = {bool: _boolean, int: int, Path: Path}
    try:
        return parsers.get(type(default), Path if isinstance(default, Path) else str)(text)
    except (ValueError, KeyError) as error:
        kind = "true or false" if isinstance(default, bool) else "a whole number"
        msg = f"{name} must be {kind}."
        raise SettingsError(msg) from error


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_secrets(settings: Settings) -> None:
    for name, secret in (("REGULARS_SECRET", settings.secret), ("REGULARS_SECRET_OLD", settings.secret_old)):
        if name == "REGULARS_SECRET_OLD" and not secret:
            continue
        if len(secret) < SECRET_MIN_CHARACTERS:
            msg = f"{name} is shorter than {SECRET_MIN_CHARACTERS} characters. Make one with: openssl rand -hex 32"
            raise SettingsError(msg)
        if len(set(secret)) < 8 or secret.lower().startswith(_PLACEHOLDERS):  # noqa: PLR2004 - eight different characters
            msg = f"{name} looks like a placeholder. Make one with: openssl rand -hex 32"
            raise SettingsError(msg)
    if settings.secret == settings.secret_old:
        msg = "REGULARS_SECRET_OLD is the same as REGULARS_SECRET. Leave it out when no rotation is under way."
        raise SettingsError(msg)


def _check_urls(settings: Settings) -> None:
    rules = (
        ("MONGODB_URL", settings.mongodb_url, ("mongodb", "mongodb+srv")),
        ("REDIS_URL", settings.redis_url, ("redis", "rediss", "unix")),
        ("SMTP_URL", settings.smtp_url, ("smtp", "smtps")),
        ("REGULARS_URL", settings.url, ("http", "https")),
    )
    for name, value, schemes in rules:
        if value and (urlsplit(value).scheme not in schemes or not value.partition("://")[2]):
            msg = f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}."
            raise SettingsError(msg)
    parts = urlsplit(settings.url)
    if parts.path or parts.query or parts.fragment or parts.username or not parts.hostname:
        msg = "REGULARS_URL is a scheme, a host and perhaps a port; it has no path, no query and no user."
        raise SettingsError(msg)
    if "*" in settings.trusted_proxies:
        msg = (
            "REGULARS_TRUSTED_PROXIES must name exact addresses; with * anyone could forge where a request comes from."
        )
        raise SettingsError(msg)


def _check_numbers(settings: Settings) -> None:
    for name, value, least, most in (
        ("PORT", settings.port, 1, _LAST_PORT),
        ("REGULARS_SESSION_IDLE_HOURS", settings.session_idle_hours, 1, 24 * 7),
        ("REGULARS_WORKER_THREADS", settings.worker_threads, 1, 64),
    ):
        if not least <= value <= most:
            msg = f"{name} must be between {least} and {most}."
            raise SettingsError(msg)


def _check_words(settings: Settings) -> None:
    for name, rate in (
        ("REGULARS_RATE_KEY", settings.rate_key),
        ("REGULARS_RATE_USER", settings.rate_user),
        ("REGULARS_RATE_ANONYMOUS", settings.rate_anonymous),
    ):
        if not _RATE.fullmatch(rate):
            msg = (
                f"{name} must be two whole numbers, the most at once and the restored each second, such as 50000/5000."
            )
            raise SettingsError(msg)
    if settings.seal_email and not _EMAIL.fullmatch(settings.seal_email):
        msg = "REGULARS_SEAL_EMAIL must be one email address."
        raise SettingsError(msg)
    if settings.log_level not in _LOG_LEVELS:
        msg = f"REGULARS_LOG_LEVEL must be one of {', '.join(_LOG_LEVELS)}."
        raise SettingsError(msg)
    if settings.default_region not in phonenumbers.SUPPORTED_REGIONS:
        msg = "REGULARS_DEFAULT_REGION must be a country of ISO 3166 in two capital letters, such as NL."
        raise SettingsError(msg)
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = "REGULARS_TIME_ZONE must be a name of the IANA time zone database, such as Europe/Amsterdam."
        raise SettingsError(msg) from error


def _check_admin(settings: Settings) -> None:
    if settings.admin_password and len(settings.admin_password) < PASSWORD_MIN_CHARACTERS:
        msg = f"REGULARS_ADMIN_PASSWORD is shorter than {PASSWORD_MIN_CHARACTERS} characters."
        raise SettingsError(msg)
