"""An export from the click to the file, over the API."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.customers import acts, choosing
from api.exports import rules as exports
from api.exports.model import ExportFormat, Shape
from api.files import rules as files
from api.runs import rules as runs, selecting
from api.runs.model import RunStatus
from api.runs.selecting import Selection
from tests.consent.test_reach import say
from tests.exports.steps import LOOK, MACHINE, START, bytes_of, exported, public, rows_of
from tests.factories import a_customer, a_key

Ask = Callable[..., Awaitable[dict[str, Any]]]
NAMES = Shape(("id", "given_name", "emails.address"), flavor=MACHINE)


async def start(data: Ask, as_: str = "data-admin", **sent: Any) -> dict[str, Any]:
    return (await data(START, {"input": {"columns": ["id", "given_name"], **sent}}, as_=as_))["exportStart"]


async def test_everybody_in_a_file_with_its_digest_its_rows_and_a_mail(
    ctx: Context, data: Ask, stored: Any, client: Any, headers_of: Any
) -> None:
    docs = [await a_customer(ctx, given_name=f"Person {n}", email=f"p{n}@planted.example") for n in range(3)]
    answer = await start(data, flavor="MACHINE")
    assert (answer["errors"], answer["applied"], answer["deduplicated"], answer["run"]["title"]) == (
        [],
        True,
        False,
        "All customers",
    )
    run_id = answer["run"]["id"]
    before = (await data(LOOK, {"id": run_id}))["run"]
    assert (before["status"], before["files"], before["export"]["file"]) == ("QUEUED", [], None)
    await runs.work(ctx, run_id.partition("_")[2])
    run = (await data(LOOK, {"id": run_id}))["run"]
    assert (run["status"], run["processed"], run["total"], run["error"]) == ("SUCCEEDED", 3, 3, None)
    assert run["outcome"] == [{"name": "WRITTEN", "count": 3}]
    file = run["files"][0]
    got = await client.get(file["url"], headers=headers_of("data-admin"))
    text = "".join(["regulars_id,given_name\r\n", *(f"{public(doc)},Person {n}\r\n" for n, doc in enumerate(docs))])
    assert (got.status_code, got.text, got.headers["content-type"]) == (200, text, "text/csv; charset=utf-8")
    assert file["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (file["kind"], file["size"], file["complete"]) == ("EXPORT", len(text), True)
    assert run["export"] == {
        "format": "CSV", "flavor": "MACHINE", "lists": "BY_POSITION", "columns": ["id", "given_name"], "inClear": False,
        "rows": 3, "leftOut": [], "listsCut": 0, "file": {one: file[one] for one in ("id", "size", "sha256", "url")},
    }  # fmt: skip
    mail = stored["outbox"].find_one()["personal"]
    assert mail["subject"] == "Export ready: All customers"
    assert f"Rows: 3\n\nDownload it within 7 days: http://127.0.0.1:8000/runs/{run_id}\n" in mail["text"]


async def test_a_filter_a_search_and_an_order(ctx: Context, data: Ask) -> None:
    for n in (1, 3, 2):
        await a_customer(ctx, given_name=f"Anna {n}", job_title="Buyer" if n != 2 else "Editor")
    answer = await start(
        data,
        where={"jobTitle": {"eq": "buyer"}},
        search="anna",
        sort=[{"field": "NAME", "direction": "DESC"}],
        flavor="MACHINE",
    )
    run_id = ids.read(ids.RUN, answer["run"]["id"])
    await runs.work(ctx, str(run_id))
    assert [one["given_name"] for one in await rows_of(ctx, await runs.get_by_id(ctx, run_id))] == ["Anna 3", "Anna 1"]


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[object]]) -> None:
    """Let something happen after the selection is fixed and before the first customer is read."""
    reading, happened = choosing.current, []

    async def later(*arguments: Any) -> Any:
        if not happened:
            happened.append(1)
            await act()
        return await reading(*arguments)

    monkeypatch.setattr(choosing, "current", later)


async def test_who_went_to_the_trash_meanwhile_is_left_out_and_counted(
    ctx: Context, data: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = [await a_customer(ctx, given_name=f"Person {n}") for n in range(4)]
    between(monkeypatch, lambda: acts.trash(ctx, [docs[1]["_id"]], once=Once("customerDelete")))
    run = await exported(ctx, NAMES, Selection(ids=tuple(doc["_id"] for doc in docs[:3])))
    assert [one["regulars_id"] for one in await rows_of(ctx, run)] == [public(docs[0]), public(docs[2])]
    assert (run.status, run.outcome, run.processed, run.total) == (RunStatus.SUCCEEDED, {"WRITTEN": 2, "GONE": 1}, 3, 3)
    shown = (await data(LOOK, {"id": ids.show(ids.RUN, run.id)}))["run"]["export"]
    assert (shown["rows"], shown["leftOut"]) == (2, [{"name": "GONE", "count": 1}])


EMAIL = {"channel": "EMAIL", "purpose": "MARKETING"}


@pytest.mark.parametrize("where", [
    {"reachable": {**EMAIL, "eq": True}},
    {"AND": [{"jobTitle": {"eq": "Buyer"}}, {"consent": {**EMAIL, "in": ["GRANTED"]}}]},
    {"OR": [{"consent": {**EMAIL, "in": ["GRANTED"]}}, {"jobTitle": {"eq": "Editor"}}]},
    {"NOT": {"consent": {**EMAIL, "in": ["UNKNOWN", "WITHDRAWN"]}}},
])  # fmt: skip
async def test_who_withdraws_meanwhile_is_left_out_and_counted(
    ctx: Context, data: Ask, monkeypatch: pytest.MonkeyPatch, clock: Any, where: Any
) -> None:
    docs = [
        await a_customer(ctx, given_name=f"P{n}", email=f"p{n}@planted.example", job_title="Buyer") for n in range(3)
    ]
    for n in range(3):
        await say(data, identifier={"email": f"p{n}@planted.example"})
    clock.move(minutes=1)

    async def withdraw() -> None:
        when = clock().isoformat()
        await say(data, identifier={"email": "p1@planted.example"}, state="WITHDRAWN", collectedAt=when)
        # What has nothing to do with consent may change: who was chosen stays chosen.
        await acts.update(ctx, docs[2]["_id"], {"given_name": "Renamed"}, once=Once("customerUpdate"))

    between(monkeypatch, withdraw)
    started = await start(data, where=where, columns=["given_name", "consent.EMAIL.MARKETING"])
    run_id = ids.read(ids.RUN, started["run"]["id"])
    await runs.work(ctx, str(run_id))
    run = await runs.get_by_id(ctx, run_id)
    assert [list(one.values()) for one in await rows_of(ctx, run)] == [["P0", "GRANTED"], ["Renamed", "GRANTED"]]
    assert run.outcome == {"WRITTEN": 2, "CONSENT": 1}


async def test_the_same_export_twice_at_once_is_one_run(ctx: Context, data: Ask, stored: Any) -> None:
    await a_customer(ctx)
    both = await asyncio.gather(start(data), start(data))
    assert sorted(one["deduplicated"] for one in both) == [False, True]
    assert both[0]["run"]["id"] == both[1]["run"]["id"]
    other = await start(data, format="JSONL")
    assert (other["deduplicated"], other["run"]["id"] == both[0]["run"]["id"]) == (False, False)
    somebody = await start(data, as_="owner")
    assert somebody["deduplicated"] is False
    await runs.work(ctx, both[0]["run"]["id"].partition("_")[2])
    again = await start(data)
    assert (again["deduplicated"], again["run"]["id"] == both[0]["run"]["id"]) == (False, False)
    assert stored["runs"].count_documents({}) == 4


async def test_a_dry_run_answers_how_many(ctx: Context, data: Ask, stored: Any) -> None:
    for _ in range(3):
        await a_customer(ctx)
    answer = await start(data, dryRun=True)
    assert (answer["count"], answer["run"], answer["applied"]) == ({"count": 3, "precision": "EXACT"}, None, False)
    assert stored["runs"].count_documents({}) == 0


async def test_what_is_refused(ctx: Context, data: Ask, gql: Ask, stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def codes(**sent: Any) -> list[tuple[str, list[str] | None]]:
        return [(one["code"], one["path"]) for one in (await start(data, **sent))["errors"]]

    assert await codes() == [("EMPTY_SELECTION", ["where"])]
    doc = await a_customer(ctx, given_name="Ada")
    assert await codes(where={"givenName": {"eq": "nobody"}}) == [("EMPTY_SELECTION", ["where"])]
    assert await codes(ids=["cus_000000000000000000000000"]) == [("EMPTY_SELECTION", ["where"])]
    assert await codes(ids=[public(doc), "cus_1"]) == [("NOT_FOUND", ["ids", "1"])]
    assert await codes(ids=[public(doc)] * 101) == [("TOO_LONG", ["ids"])]
    assert await codes(columns=[]) == [("REQUIRED", ["columns"])]
    assert await codes(columns=["id", "shoe_size", "id", "emails.id", "emails"]) == [
        ("UNKNOWN_COLUMN", ["columns", "1"]), ("DUPLICATE_COLUMN", ["columns", "2"]),
        ("UNKNOWN_COLUMN", ["columns", "3"]), ("UNKNOWN_COLUMN", ["columns", "4"]),
    ]  # fmt: skip
    assert await codes(columns=["id", "bank_accounts.iban", "bank_accounts.holder"]) == [
        ("FORBIDDEN", ["columns", "2"])
    ]
    for module in (exports, selecting):
        monkeypatch.setattr(module, "MAX_UNFILTERED", 1)
    await a_customer(ctx, given_name="Bob")
    assert await codes() == [("TOO_MANY", ["where"])]
    assert await codes(where={"givenName": {"isSet": True}}) == []
    denied = await gql(START, {"input": {"columns": ["id"]}}, as_="editor")
    assert denied["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "customer.export.bulk"}
    assert stored["runs"].count_documents({}) == 1


async def test_without_personal_values_only_plain_columns(
    ctx: Context, gql: Ask, client: Any, stored: Any, clock: Any
) -> None:
    await a_customer(ctx, given_name="Ada")
    _, secret = a_key(stored, clock(), permissions=["customer.read", "customer.export.bulk"])
    sent = {"input": {"columns": ["id", "tags", "given_name", "display_name", "consent.EMAIL.MARKETING"]}}
    body = {"query": START, "variables": sent}
    answer = (await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {secret}"})).json()
    found = answer["data"]["exportStart"]["errors"]
    assert [(one["code"], one["path"][1]) for one in found] == [
        ("FORBIDDEN", "2"),
        ("FORBIDDEN", "3"),
        ("FORBIDDEN", "4"),
    ]


async def test_bank_accounts_are_masked_or_in_clear_and_then_logged_once(
    ctx: Context, data: Ask, stored: Any, client: Any, headers_of: Any
) -> None:
    banks = [{"iban": "NL91ABNA0417164300", "holder": "A. Lovelace"}]
    for n in range(2):
        await a_customer(ctx, given_name=f"P{n}", bank_accounts=banks)
    masked = await start(data, columns=["bank_accounts.iban"])
    clear = await start(data, as_="privacy-officer", columns=["bank_accounts.iban", "bank_accounts.holder"])
    texts = []
    for one in (masked, clear):
        run_id = ids.read(ids.RUN, one["run"]["id"])
        await runs.work(ctx, str(run_id))
        texts.append((await bytes_of(ctx, await runs.get_by_id(ctx, run_id))).decode("utf-8-sig"))
    assert texts[0].splitlines() == ["bank_accounts.1.iban", "NL91 **** 4300", "NL91 **** 4300"]
    assert texts[1].splitlines()[1:] == ["NL91ABNA0417164300,A. Lovelace"] * 2
    # A file in clear is for those only who may see it so, whoever made it.
    url = f"/files/{ids.show(ids.FILE, (await runs.get_by_id(ctx, run_id)).details['file'])}"
    for who, status in (("data-admin", 403), ("privacy-officer", 200)):
        assert (await client.get(url, headers=headers_of(who))).status_code == status
        shown = (await data(LOOK, {"id": clear["run"]["id"]}, as_=who))["run"]
        assert (len(shown["files"]), shown["export"]["file"] is None) == ((1, False) if status == 200 else (0, True))
    entries = list(stored["access_log"].find())
    assert [(one["action"], one["actor"]["name"], one["fields"]) for one in entries] == [
        ("bank.exported", "Test Privacy officer", ["bank_accounts"])
    ]
    assert entries[0]["customer_id"] == ids.read(ids.RUN, clear["run"]["id"])


async def test_the_link_asks_at_every_click(
    ctx: Context, client: Any, headers_of: Any, stored: Any, clock: Any
) -> None:
    await a_customer(ctx, given_name="Ada")
    run = await exported(ctx, Shape(("given_name",), ExportFormat.JSON))
    url = f"/files/{ids.show(ids.FILE, run.details['file'])}"
    whole = b'[\n{"given_name":"Ada"}\n]\n'

    async def get(who: str, **more: str) -> tuple[int, bytes]:
        answer = await client.get(url, headers={**headers_of(who), **more})
        return answer.status_code, answer.content

    assert await get("data-admin") == await get("owner") == (200, whole)
    assert (await get("anonymous"))[0] == 401
    assert (await get("editor"))[0] == (await get("viewer"))[0] == 403
    assert await get("owner", Range="bytes=2-5") == (206, whole[2:6])
    assert await get("owner", Range="bytes=-3") == (206, whole[-3:])
    assert await get("owner", Range="bytes=999999-") == (416, b"")
    for forged in ("bytes=5-2", "bytes=99-1"):
        assert (await get("owner", Range=forged))[0] == 416
    for odd in ("bytes=", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "bytes=--5"):
        assert await get("owner", Range=odd) == (200, whole)
    stored["users"].update_many({"roles": "Data admin"}, {"$set": {"permissions": ["customer.read"]}})
    assert (await get("data-admin"))[0] == 403
    clock.move(days=6, hours=23)
    who = headers_of("key")
    assert (await client.get(url, headers=who)).status_code == 200
    clock.move(hours=1)
    assert (await client.get(url, headers=who)).status_code == 404
    shown = await exports.file_of(ctx, await runs.get_by_id(ctx, run.id))
    assert shown is None
    await files.sweep(ctx)
    assert stored["file_parts"].count_documents({}) == 0
    assert stored["run_chunks"].count_documents({}) == 1
    clock.move(days=1)
    await exports.sweep(ctx)
    await runs.sweep(ctx)
    assert (stored["run_chunks"].count_documents({}), stored["exports"].count_documents({})) == (0, 0)


async def test_whoever_is_exported_can_be_found_while_the_file_lives(ctx: Context) -> None:
    docs = [await a_customer(ctx) for _ in range(2)]
    run = await exported(ctx, NAMES, Selection(ids=(docs[0]["_id"],)))
    assert await exports.holding(ctx, [docs[0]["_id"]]) == [run.id]
    assert await exports.holding(ctx, [docs[1]["_id"]]) == []


async def test_commands_are_the_same_for_few_and_for_many(ctx: Context, commands: Any) -> None:
    counts = []
    for n in range(4):
        await a_customer(ctx, given_name=f"P{n}", email=f"p{n}@planted.example")
        if n not in {0, 3}:
            continue
        with commands() as sent:
            # Another order is another export: the one before is not looked at.
            await exported(ctx, NAMES, Selection(sort=("CREATED", n == 3)))
        counts.append([one for one in sent if "run_leases" not in one])
    assert counts[0] == counts[1]
    assert len(counts[0]) < 50


async def test_a_run_can_be_cancelled_by_whoever_may_export_and_leaves_nothing(
    ctx: Context, data: Ask, gql: Ask, stored: Any
) -> None:
    await a_customer(ctx)
    cancel = "mutation($id: ID!) { runCancel(id: $id, input: {}) { run { status } errors { code } } }"
    run_id = (await start(data))["run"]["id"]
    denied = await gql(cancel, {"id": run_id}, as_="viewer")
    assert denied["errors"][0]["extensions"]["permission"] == "customer.export.bulk"
    assert (await data(cancel, {"id": run_id}, as_="privacy-officer"))["runCancel"]["run"]["status"] == "CANCELLED"
    await runs.work(ctx, run_id.partition("_")[2])
    assert (stored["files"].count_documents({}), stored["run_chunks"].count_documents({})) == (0, 0)


async def test_every_column_is_told_with_who_may_have_it(data: Ask) -> None:
    ask = "{ exportColumns { path label about permission kind allowed } }"
    found = {one["path"]: one for one in (await data(ask, as_="data-admin"))["exportColumns"]}
    assert found["emails.address"] == {
        "path": "emails.address", "label": "Emails: address", "about": "As typed.", "permission": "customer.pii.read", "kind": "ITEM", "allowed": True,
    }  # fmt: skip
    assert [one for one in found if not found[one]["allowed"]] == ["bank_accounts.holder", "bank_accounts.bic"]
    assert {
        "id",
        "display_name",
        "primary_email",
        "consent.EMAIL.MARKETING",
        "lists",
        "tags",
        "last_seen_at",
    } <= found.keys()
