"""The copy that a person may ask for: whole, provable, logged, and for nobody but who asked for it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest
from bson import ObjectId

from api.access.model import PRESETS
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.customers import acts
from api.files import rules as files
from tests.conftest import Ask, Clock, Commands
from tests.factories import a_customer, a_key, a_user
from tests.privacy.filled import IBAN, filled
from tests.whole.outcome import exact

Headers = Callable[[str], dict[str, str]]

COPY = """mutation ($id: ID!, $input: CustomerCopyInput!) { customerCopy(id: $id, input: $input) {
  applied replayed errors { code path }
  file { id name kind size sha256 complete expiresAt url } page { id name kind size sha256 complete expiresAt url } } }"""


async def copied(data: Ask, customer: Any, *, as_: str = "owner", **sent: Any) -> dict[str, Any]:
    """Ask for a copy."""
    public = customer if isinstance(customer, str) else ids.show(ids.CUSTOMER, customer)
    found: dict[str, Any] = (await data(COPY, {"id": public, "input": sent}, as_=as_))["customerCopy"]
    return found


async def fetched(client: httpx2.AsyncClient, headers: dict[str, str], file: dict[str, Any]) -> httpx2.Response:
    """Download a file."""
    return await client.get(file["url"], headers=headers)


async def test_it_holds_everything_and_proves_it(
    ctx: Context, stored: Any, data: Ask, clock: Clock, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    person = await filled(ctx, stored, data, clock)
    made = await copied(data, person, reason="She asked for it by letter.")
    assert (made["applied"], made["replayed"], made["errors"]) == (True, False, [])
    answer = await fetched(client, headers_of("owner"), made["file"])
    assert answer.status_code == 200
    assert len(answer.content) == made["file"]["size"]
    assert hashlib.sha256(answer.content).hexdigest() == made["file"]["sha256"]
    copy = orjson.loads(answer.content)
    manifest = copy.pop("manifest")
    assert {name: manifest[name] for name in ("format", "schemaVersion", "issuer", "customer", "madeAt", "madeBy", "reason")} == {
        "format": "regulars-copy",
        "schemaVersion": 1,
        "issuer": "http://127.0.0.1:8000",
        "customer": ids.show(ids.CUSTOMER, person),
        "madeAt": "2026-03-12T16:30:00.000Z",
        "madeBy": {"kind": "USER", "name": "Test Owner"},
        "reason": "She asked for it by letter.",
    }  # fmt: skip
    assert [(one["part"], one["count"]) for one in manifest["parts"]] == [(name, len(copy[name])) for name in copy]
    # Each part is digested as it stands in the file.
    for one in manifest["parts"]:
        text = orjson.dumps(copy[one["part"]])
        assert text in answer.content
        assert hashlib.sha256(text).hexdigest() == one["sha256"]
    assert copy["profile"][0]["bankAccounts"][0]["iban"] == IBAN
    # Of a webhook's address only the host: the rest may be a secret.
    assert {one["to"] for one in copy["passedOn"]} == {"9.9.9.9"}


async def test_it_is_an_entry_of_the_access_log_that_is_in_it(
    ctx: Context, stored: Any, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    doc = await a_customer(ctx, given_name="Sanne", email="sanne@planted.example", bank_accounts=[{"iban": IBAN}])
    made = await copied(data, doc["_id"], reason="By letter.")
    (entry,) = stored["access_log"].find()
    assert entry["action"] == "profile.copied"
    assert entry["fields"] == ["given_name", "emails", "bank_accounts"]
    assert entry["personal"] == {"reason": "By letter."}
    (told,) = orjson.loads((await fetched(client, headers_of("owner"), made["file"])).content)["accessLog"]
    assert told == {
        "id": ids.show(ids.ACCESS, entry["_id"]),
        "at": "2026-03-12T09:30:00.000Z",
        "actor": {"kind": "USER", "name": "Test Owner"},
        "action": "profile.copied",
        "fields": ["given_name", "emails", "bank_accounts"],
        "reason": "By letter.",
    }


async def test_both_files_are_downloads_that_nothing_keeps(
    ctx: Context, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    made = await copied(data, doc["_id"])
    for name, media, ending in (("file", "application/json", "json"), ("page", "text/html; charset=utf-8", "html")):
        answer = await fetched(client, headers_of("owner"), made[name])
        number = made[name]["id"].removeprefix("fil_")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == media
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="regulars-copy-{number}.{ending}"'
        assert answer.headers["Content-Security-Policy"].startswith("sandbox, ")
        assert made[name]["kind"] == "COPY"


async def test_only_who_asked_may_download_it_and_for_an_hour(
    ctx: Context, stored: Any, clock: Clock, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    made = await copied(data, doc["_id"], as_="data-admin")
    _, token = a_user(stored, clock(), role="owner", email="second@staff.example")
    _, secret = a_key(stored, clock())
    others = {
        "anonymous": ({}, 401),
        "viewer": (headers_of("viewer"), 403),
        "owner": ({"Cookie": f"regulars_session={token}", "X-CSRF": "1"}, 403),
        "key": ({"Authorization": f"Bearer {secret}"}, 403),
        "data-admin": (headers_of("data-admin"), 200),
    }
    for who, (headers, status) in others.items():
        for name in ("file", "page"):
            assert (await fetched(client, headers, made[name])).status_code == status, who
    clock.move(minutes=59)
    assert (await fetched(client, headers_of("data-admin"), made["file"])).status_code == 200
    clock.move(minutes=1)
    assert (await fetched(client, headers_of("data-admin"), made["file"])).status_code == 404
    await files.sweep(ctx)
    assert list(stored["files"].find()) == list(stored["file_parts"].find()) == []


async def test_who_may_ask(ctx: Context, stored: Any, gql: Ask) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    variables = {"id": ids.show(ids.CUSTOMER, doc["_id"]), "input": {}}
    allowed = {role.name for role in PRESETS.values() if "customer.export.single" in role.permissions}
    assert allowed == {"Data admin", "Privacy officer", "Owner"}
    for who in ("viewer", "editor", "key:partner"):
        answer = await gql(COPY, variables, as_=who)
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
    assert [stored[name].count_documents({}) for name in ("files", "file_parts", "access_log")] == [0, 0, 0]
    for who in ("data-admin", "privacy-officer", "owner", "key"):
        answer = await gql(COPY, variables, as_=who)
        assert answer["data"]["customerCopy"]["applied"] is True, answer
    assert stored["access_log"].count_documents({"action": "profile.copied"}) == 4


@pytest.mark.parametrize("public", ["cus_000000000000000000000001", "run_000000000000000000000001", "nobody", ""])
async def test_unknown_ids_are_not_found_and_leave_nothing(stored: Any, data: Ask, public: str) -> None:
    answer = await copied(data, public, idempotencyKey="k")
    assert [one["code"] for one in answer["errors"]] == ["NOT_FOUND"]
    assert (answer["applied"], answer["file"], answer["page"]) == (False, None, None)
    assert [stored[name].count_documents({}) for name in ("files", "access_log", "idempotency")] == [0, 0, 0]


async def test_somebody_in_the_trash_is_given_her_copy(
    ctx: Context, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    doc = await a_customer(ctx, given_name="Sanne", email="sanne@planted.example")
    public = ids.show(ids.CUSTOMER, doc["_id"])
    await data("mutation ($ids: [ID!]!) { customerDelete(input: {ids: $ids}) { applied } }", {"ids": [public]})
    made = await copied(data, public)
    (profile,) = orjson.loads((await fetched(client, headers_of("owner"), made["file"])).content)["profile"]
    assert (profile["givenName"], profile["trashedAt"]) == ("Sanne", "2026-03-12T09:30:00.000Z")


async def test_a_dry_run_says_only_whether_it_could_be_made(ctx: Context, stored: Any, data: Ask) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    public = ids.show(ids.CUSTOMER, doc["_id"])
    before = exact(stored, "users")
    answer = await copied(data, public, dryRun=True)
    assert answer == {"applied": False, "replayed": False, "errors": [], "file": None, "page": None}
    unknown = await copied(data, "cus_000000000000000000000001", dryRun=True)
    assert [one["code"] for one in unknown["errors"]] == ["NOT_FOUND"]
    assert exact(stored, "users") == before


async def test_the_same_key_is_one_copy_until_its_hour_is_over(
    ctx: Context, stored: Any, clock: Clock, data: Ask
) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    first = await copied(data, doc["_id"], idempotencyKey="k")
    again = await copied(data, doc["_id"], idempotencyKey="k")
    assert again == {**first, "replayed": True}
    clock.move(hours=2)
    late = await copied(data, doc["_id"], idempotencyKey="k")
    assert (late["replayed"], late["file"], late["page"], late["errors"]) == (True, None, None, [])
    other = await copied(data, doc["_id"], idempotencyKey="k", reason="Another.")
    assert [one["code"] for one in other["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert stored["access_log"].count_documents({}) == 1
    assert stored["files"].count_documents({}) == 2


async def test_two_at_once_with_one_key_leave_one_copy(ctx: Context, stored: Any, data: Ask) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    ctx.db.rehearse = False
    answers = await asyncio.gather(*(copied(data, doc["_id"], idempotencyKey="k") for _ in range(4)))
    assert len({one["file"]["id"] for one in answers}) == 1
    assert sorted(one["replayed"] for one in answers) == [False, True, True, True]
    assert stored["files"].count_documents({}) == 2
    assert stored["file_parts"].count_documents({}) == 2
    assert stored["access_log"].count_documents({}) == 1


async def test_a_reason_has_an_end(ctx: Context, stored: Any, data: Ask) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    await data("{ viewer { id } }")
    before = exact(stored)
    long = await copied(data, doc["_id"], reason="x" * 501)
    assert [(one["code"], one["path"]) for one in long["errors"]] == [("TOO_LONG", ["reason"])]
    assert exact(stored) == before


async def test_several_megabytes_come_in_parts(
    ctx: Context, stored: Any, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    template = stored["changes"].find_one({"customer_id": doc["_id"]})
    paths = [{"path": "job_title", "before": "x" * 2_000, "after": "x" * 2_000}]
    await _blow_up(stored, template, paths)
    made = await copied(data, doc["_id"])
    assert made["file"]["size"] > 2_500_000
    for name in ("file", "page"):
        answer = await fetched(client, headers_of("owner"), made[name])
        assert hashlib.sha256(answer.content).hexdigest() == made[name]["sha256"]
        parts = list(stored["file_parts"].find({"file_id": ObjectId(made[name]["id"][4:])}))
        assert len(parts) == made[name]["size"] // 1_048_576 + 1
    stored["changes"].delete_many({"version": {"$gt": 1}})


async def _blow_up(stored: Any, template: dict[str, Any], paths: list[dict[str, Any]]) -> None:
    more = {**template, "personal": {"reason": None, "paths": paths}}
    stored["changes"].insert_many([{**more, "_id": ObjectId(), "version": version} for version in range(2, 702)])


async def test_as_many_commands_for_much_as_for_little(
    ctx: Context, stored: Any, data: Ask, commands: Commands
) -> None:
    ctx.db.rehearse = False
    small = await a_customer(ctx, given_name="Sanne", email="a@planted.example")
    large = await a_customer(ctx, given_name="Sanne", email="b@planted.example")
    for number in range(40):
        await acts.update(ctx, large["_id"], {"job_title": f"Job {number}"}, once=Once("customerUpdate"))
    await data("{ viewer { id } }")
    counts = []
    for doc in (small, large):
        with commands() as sent:
            assert (await copied(data, doc["_id"]))["applied"]
        counts.append(sent)
    assert counts[0] == counts[1]
    assert len(counts[0]) <= 24, counts[0]


# --- the page ---


async def page_of(data: Ask, client: httpx2.AsyncClient, headers: dict[str, str], customer: Any) -> str:
    """Return the page of a new copy."""
    made = await copied(data, customer)
    return (await fetched(client, headers, made["page"])).text


@pytest.mark.parametrize(
    ("locale", "language", "heading", "day"),
    [
        ("en-GB", "en", "Your profile", "12 March 2026, 10:30"),
        ("nl-NL", "nl", "Uw profiel", "12 maart 2026, 10:30"),
        ("de", "de", "Ihr Profil", "12. März 2026, 10:30"),
        ("fr-BE", "fr", "Votre profil", "12 mars 2026, 10:30"),
        ("es", "es", "Su perfil", "12 de marzo de 2026, 10:30"),
        ("pl", "en", "Your profile", "12 March 2026, 10:30"),
    ],
)
async def test_the_page_speaks_the_persons_language(
    ctx: Context, data: Ask, client: httpx2.AsyncClient, headers_of: Headers, locale: str, language: str, heading: str, day: str
) -> None:  # fmt: skip
    doc = await a_customer(
        ctx, given_name="Sanne", locale=locale, time_zone="Europe/Amsterdam", date_of_birth="1990-02-03"
    )
    text = await page_of(data, client, headers_of("owner"), doc["_id"])
    assert f'<html lang="{language}">' in text
    assert f">{heading}</h2>" in text
    assert f"<td>{day}</td>" in text
    assert "Europe/Amsterdam" in text
    assert "1990-02-03" not in text


async def test_the_page_runs_and_loads_nothing_whatever_stands_in_it(
    ctx: Context, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    doc = await a_customer(ctx, given_name=nasty, tags=['"><b>bold</b>'], locale="en")
    text = await page_of(data, client, headers_of("owner"), doc["_id"])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not re.search(r"<(?:script|img|b)\b", text)
    assert not re.search(r"""(?:href|src)=["'](?!#)""", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme:dark" in text
    assert "@media print" in text
