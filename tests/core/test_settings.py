"""Settings: what is read, what is filled in, and what Regulars refuses to start with."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.core.settings import Settings, SettingsError, describe

SECRET = "5e0f7d1c9b3a4826f4c8d2e6a0b17953"
NEEDED = {"MONGODB_URL": "mongodb://127.0.0.1:27017", "REGULARS_SECRET": SECRET}

pytestmark = pytest.mark.unit


def test_two_are_needed_and_the_rest_has_defaults() -> None:
    settings = Settings.from_env(NEEDED)
    assert settings.mongodb_url == "mongodb://127.0.0.1:27017"
    assert (settings.host, settings.port, settings.database) == ("127.0.0.1", 8000, "regulars")
    assert settings.url == settings.origin == "http://127.0.0.1:8000"
    assert settings.is_https is False
    assert (settings.redis_url, settings.smtp_url, settings.secret_old) == ("", "", "")
    assert settings.data_dir == Path("data")
    assert settings.demo is True


def test_every_variable_is_read() -> None:
    given = {
        **NEEDED,
        "HOST": "0.0.0.0",
        "PORT": "8080",
        "MONGODB_DATABASE": "shop",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "SMTP_URL": "smtps://user:password@mail.example.com:465",
        "MAIL_FROM": "Shop <shop@example.com>",
        "REGULARS_URL": "https://customers.example.com/",
        "REGULARS_SECRET_OLD": SECRET[::-1],
        "REGULARS_DATA_DIR": "/srv/data",
        "REGULARS_ADMIN_EMAIL": "eva@example.com",
        "REGULARS_ADMIN_PASSWORD": "correct horse battery",
        "REGULARS_DEFAULT_REGION": "BE",
        "REGULARS_TIME_ZONE": "Europe/Brussels",
        "REGULARS_DEMO": "false",
        "REGULARS_SESSION_IDLE_HOURS": "4",
        "REGULARS_TRUSTED_PROXIES": "10.0.0.2,10.0.0.3",
        "REGULARS_WORKER_THREADS": "8",
        "REGULARS_WEBHOOKS_LOCAL": "true",
        "REGULARS_RATE_KEY": "20000/1000",
        "REGULARS_RATE_USER": "60000/3000",
        "REGULARS_RATE_ANONYMOUS": "1/1",
        "REGULARS_SEAL_EMAIL": "seals@notary.example.com",
        "REGULARS_LOG_LEVEL": "warning",
    }
    assert set(given) == {one.name for one in describe()}
    assert Settings.from_env(given) == Settings(
        mongodb_url="mongodb://127.0.0.1:27017", secret=SECRET, host="0.0.0.0", port=8080, database="shop",
        redis_url="redis://127.0.0.1:6379/0", smtp_url="smtps://user:password@mail.example.com:465",
        mail_from="Shop <shop@example.com>", url="https://customers.example.com", secret_old=SECRET[::-1],
        data_dir=Path("/srv/data"), admin_email="eva@example.com", admin_password="correct horse battery",
        default_region="BE", time_zone="Europe/Brussels", demo=False, session_idle_hours=4,
        trusted_proxies="10.0.0.2,10.0.0.3", worker_threads=8, webhooks_local=True, log_level="warning", seal_email="seals@notary.example.com",
        rate_key="20000/1000", rate_user="60000/3000", rate_anonymous="1/1",
    )  # fmt: skip
    assert Settings.from_env(given).is_https is True


def test_an_empty_variable_is_not_set() -> None:
    settings = Settings.from_env({**NEEDED, "PORT": "", "SMTP_URL": "  ", "REGULARS_URL": ""})
    assert (settings.port, settings.smtp_url, settings.url) == (8000, "", "http://127.0.0.1:8000")


def test_an_ipv6_address_is_written_as_addresses_are() -> None:
    assert Settings.from_env({**NEEDED, "HOST": "::1", "PORT": "9000"}).url == "http://[::1]:9000"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"MONGODB_URL": ""}, "MONGODB_URL is not set"),
        ({"REGULARS_SECRET": ""}, "REGULARS_SECRET is not set"),
        ({"REGULARS_SECRET": SECRET[:31]}, "REGULARS_SECRET is shorter than 32 characters"),
        ({"REGULARS_SECRET": "change-me-change-me-change-me-change-me"}, "REGULARS_SECRET looks like a placeholder"),
        ({"REGULARS_SECRET": "ab" * 20}, "REGULARS_SECRET looks like a placeholder"),
        ({"REGULARS_SECRET_OLD": "short"}, "REGULARS_SECRET_OLD is shorter than 32 characters"),
        ({"REGULARS_SECRET_OLD": SECRET}, "REGULARS_SECRET_OLD is the same as REGULARS_SECRET"),
        ({"HOST": "0.0.0.0"}, "REGULARS_URL is not set, and HOST is not a loopback address"),
        ({"HOST": "customers.example.com"}, "REGULARS_URL is not set, and HOST is not a loopback address"),
        ({"REGULARS_RATE_KEY": "10000"}, "REGULARS_RATE_KEY must be two whole numbers"),
        ({"REGULARS_RATE_USER": "0/500"}, "REGULARS_RATE_USER must be two whole numbers"),
        ({"REGULARS_RATE_ANONYMOUS": "5000/100/1"}, "REGULARS_RATE_ANONYMOUS must be two whole numbers"),
        ({"PORT": "eighty"}, "PORT must be a whole number"),
        ({"PORT": "0"}, "PORT must be between 1 and 65535"),
        ({"PORT": "65536"}, "PORT must be between 1 and 65535"),
        ({"REGULARS_DEMO": "perhaps"}, "REGULARS_DEMO must be true or false"),
        ({"MONGODB_URL": "http://127.0.0.1"}, "MONGODB_URL must begin with mongodb://"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL must begin with redis://"),
        ({"SMTP_URL": "mail.example.com"}, "SMTP_URL must begin with smtp://"),
        ({"REGULARS_URL": "customers.example.com"}, "REGULARS_URL must begin with http://"),
        ({"REGULARS_URL": "https://example.com/customers"}, "REGULARS_URL is a scheme, a host and perhaps a port"),
        ({"REGULARS_URL": "https://me:pw@example.com"}, "REGULARS_URL is a scheme, a host and perhaps a port"),
        ({"REGULARS_TRUSTED_PROXIES": "*"}, "REGULARS_TRUSTED_PROXIES must name exact addresses"),
        ({"REGULARS_SESSION_IDLE_HOURS": "0"}, "REGULARS_SESSION_IDLE_HOURS must be between 1 and 168"),
        ({"REGULARS_WORKER_THREADS": "65"}, "REGULARS_WORKER_THREADS must be between 1 and 64"),
        ({"REGULARS_SEAL_EMAIL": "a@b.example, c@d.example"}, "REGULARS_SEAL_EMAIL must be one email address"),
        ({"REGULARS_LOG_LEVEL": "loud"}, "REGULARS_LOG_LEVEL must be one of debug, info, warning, error"),
        ({"REGULARS_DEFAULT_REGION": "Holland"}, "REGULARS_DEFAULT_REGION must be a country"),
        ({"REGULARS_TIME_ZONE": "Europe/Utrecht"}, "REGULARS_TIME_ZONE must be a name"),
        ({"REGULARS_TIME_ZONE": "../../etc/passwd"}, "REGULARS_TIME_ZONE must be a name"),
        ({"REGULARS_ADMIN_PASSWORD": "secret"}, "REGULARS_ADMIN_PASSWORD is shorter than 12 characters"),
    ],
)
def test_what_is_not_safe_refuses_to_start_and_never_quotes_its_value(change: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**NEEDED, **change})
    assert str(caught.value).startswith(message)
    value = next(iter(change.values()))
    assert len(value) < 7 or value not in str(caught.value)


def test_they_do_not_show_their_values() -> None:
    assert SECRET not in repr(Settings.from_env(NEEDED))
    assert SECRET not in str(Settings.from_env(NEEDED))
