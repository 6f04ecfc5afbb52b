"""POST /graphql as HTTP sees it: bodies, headers, statuses, origins; and what stands around every answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from api.access import store
from api.core.context import Context
from api.core.http_static import App
from tests.conftest import ORIGIN, Ask
from tests.factories import a_customer

VIEWER = '{"query":"{ viewer { id } }"}'
WRITE = {"query": 'mutation { roleCreate(input: {name: "X", permissions: []}) { applied } }'}
JSON = "application/json"


async def post(client: httpx2.AsyncClient, content: bytes | str, **headers: str) -> httpx2.Response:
    sent = {"content-type": JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await client.post("/graphql", content=content, headers=sent)


def code_of(answer: httpx2.Response) -> str:
    (error,) = answer.json()["errors"]
    assert set(error) <= {"message", "extensions", "locations"}
    assert "Traceback" not in answer.text
    code: str = error["extensions"]["code"]
    return code


DEEP = "[" * 100_000
BODIES = [
    ('"x"', 400), ("5", 400), ("null", 400), ("true", 400), ("[]", 400), ("[" + VIEWER + "]", 400),
    ("[[" + VIEWER + "]]", 400), ("[" + ",".join([VIEWER] * 1_000) + "]", 400), ("", 400), ("{", 400), ("{}", 400),
    ('{"query":null}', 400), ('{"query":5}', 400), ('{"query":""}', 400), ('{"query":["{ viewer { id } }"]}', 400),
    ('{"query":"{ viewer { id } }","variables":"x"}', 400), ('{"query":"{ viewer { id } }","variables":[]}', 400),
    ('{"query":"{ viewer { id } }","operationName":5}', 400), ('{"query":"{ viewer { id } }","extensions":[]}', 400),
    ('{"query":"{ viewer { id } }","variables":{"a":NaN}}', 400), ("\ufeff" + VIEWER, 400),
    ('{"query":"{ viewer { id } }","variables":{"a":"\\ud800"}}', 400), (DEEP, 400), ('{"a":' * 50_000, 400),
    (b"\xff\xfe{\x00", 400), (VIEWER.encode("utf-16"), 400), (b'{"query":"\xe9"}', 400), (VIEWER + "x", 400),
    ('{"query":"' + "x" * 1_048_576 + '"}', 413),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BODIES, ids=range(len(BODIES)))
async def test_bodies_that_are_no_request(client: httpx2.AsyncClient, body: bytes | str, status: int) -> None:
    answer = await post(client, body)
    assert answer.status_code == status
    assert code_of(answer) == ("INVALID" if status == 400 else "LIMIT_EXCEEDED")
    assert (await post(client, VIEWER)).json()["data"] == {"viewer": None}


async def test_odd_but_whole_requests_are_answered(client: httpx2.AsyncClient) -> None:
    assert (await post(client, '{"query":"{","query":"{ viewer { id } }"}')).json()["data"] == {"viewer": None}
    many = '{"query":"{ viewer { id } }","variables":{"a":' + "9" * 100_000 + "}}"
    assert (await post(client, many)).status_code in {200, 400}
    for content_type in ("application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;x=y"):
        assert (await post(client, VIEWER, content_type=content_type)).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
     "application/json; charset=utf-16", "application/json; charset=utf-7", "application/jsonp", "text/json"],
)  # fmt: skip
async def test_other_content_types_are_refused(client: httpx2.AsyncClient, content_type: str) -> None:
    answer = await post(client, VIEWER, content_type=content_type)
    assert answer.status_code == 415
    assert code_of(answer) == "INVALID"


async def test_packed_bodies_are_refused(client: httpx2.AsyncClient) -> None:
    assert (await post(client, VIEWER, content_encoding="gzip")).status_code == 415


@pytest.mark.parametrize("length", ["99999999", "-1", "x", "9" * 40, "1e3"])
async def test_lengths_that_cannot_be_are_refused(client: httpx2.AsyncClient, length: str) -> None:
    assert (await post(client, VIEWER, content_length=length)).status_code == 413


async def test_a_body_in_chunks_is_cut_at_the_limit(client: httpx2.AsyncClient) -> None:
    async def chunks() -> Any:
        for _ in range(2_000):
            yield b" " * 1_024

    answer = await client.post("/graphql", content=chunks(), headers={"content-type": JSON})
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_only_post_is_answered(client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql", params={"query": "mutation { signOut { errors { code } } }"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_there_is_no_page_to_play_with(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/graphql", headers={"accept": "text/html"})
    assert answer.status_code == 405
    assert "html" not in answer.headers["content-type"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", JSON), (JSON, JSON), ("application/graphql-response+json", "application/graphql-response+json"),
     ("text/html, application/graphql-response+json;q=0.9", "application/graphql-response+json"), ("text/html", JSON)],
)  # fmt: skip
async def test_the_answer_is_of_the_kind_that_is_asked_for(client: httpx2.AsyncClient, accept: str, kind: str) -> None:
    answer = await post(client, VIEWER, accept=accept)
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    wrong = await post(client, '{"query":"{ nothing }"}', accept=accept)
    assert wrong.status_code == (200 if kind == JSON else 400)
    assert "data" not in wrong.json()


# --- CSRF ---

FOREIGN = ["https://evil.example", "null", "http://127.0.0.1:8001", "https://127.0.0.1:8000", "http://127.0.0.1.evil.example",
           "http://evil.example#http://127.0.0.1:8000", "file://", "", "http://[", "chrome-extension://abc"]  # fmt: skip


def session(headers_of: Any, **more: str) -> dict[str, str]:
    headers = {"Cookie": headers_of("owner")["Cookie"], "content-type": JSON, **more}
    return {name: value for name, value in headers.items() if value != "-"}


@pytest.fixture
async def plain(app: Any) -> Any:
    """A client that sends nothing by itself."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as opened:
        yield opened


async def test_a_session_needs_the_header(plain: httpx2.AsyncClient, headers_of: Any, stored: Any) -> None:
    answer = await plain.post("/graphql", content=json.dumps(WRITE), headers=session(headers_of))
    assert answer.status_code == 403
    assert code_of(answer) == "FORBIDDEN"
    assert stored["roles"].count_documents({}) == 0
    allowed = await plain.post("/graphql", content=json.dumps(WRITE), headers=session(headers_of, **{"X-CSRF": "1"}))
    assert allowed.json()["data"] == {"roleCreate": {"applied": True}}


@pytest.mark.parametrize("origin", FOREIGN)
async def test_pages_of_other_origins_write_nothing(
    plain: httpx2.AsyncClient, headers_of: Any, stored: Any, origin: str
) -> None:
    headers = session(headers_of, **{"X-CSRF": "1", "Origin": origin})
    answer = await plain.post("/graphql", content=json.dumps(WRITE), headers=headers)
    assert answer.status_code == 403
    assert stored["roles"].count_documents({}) == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_requests_of_other_sites_write_nothing(
    plain: httpx2.AsyncClient, headers_of: Any, stored: Any, site: str
) -> None:
    headers = session(headers_of, **{"X-CSRF": "1", "Sec-Fetch-Site": site})
    assert (await plain.post("/graphql", content=json.dumps(WRITE), headers=headers)).status_code == 403
    assert stored["roles"].count_documents({}) == 0


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_forms_of_other_pages_write_nothing(
    plain: httpx2.AsyncClient, headers_of: Any, stored: Any, content_type: str
) -> None:
    headers = session(headers_of, **{"content-type": content_type})
    answer = await plain.post("/graphql", content=json.dumps(WRITE), headers=headers)
    assert answer.status_code == 415
    assert stored["roles"].count_documents({}) == 0


async def test_our_own_page_and_programs_with_keys_are_let_in(plain: httpx2.AsyncClient, headers_of: Any) -> None:
    own = session(headers_of, **{"X-CSRF": "1", "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert (await plain.post("/graphql", content=VIEWER, headers=own)).json()["data"]["viewer"] is not None
    key = {**headers_of("key"), "content-type": JSON, "Origin": "https://shop.example"}
    answer = await plain.post("/graphql", content=VIEWER, headers=key)
    assert answer.json()["data"]["viewer"] is not None
    assert "access-control-allow-origin" not in answer.headers


async def test_other_hosts_are_not_served(plain: httpx2.AsyncClient) -> None:
    answer = await plain.post("/graphql", content=VIEWER, headers={"content-type": JSON, "Host": "evil.example"})
    assert answer.status_code == 400


# --- around every answer ---

HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/", "/customers/cus_1", "/healthz", "/readyz", "/metrics", "/graphql", "/assets/none.js", "/nothing.txt"]
)
async def test_every_answer_says_how_it_may_be_used(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "strict-transport-security" not in answer.headers
    assert not [name for name in answer.headers if name.startswith(("access-control-", "server"))]


async def test_probes_and_metrics(client: httpx2.AsyncClient, gql: Ask) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ok", "mongodb": "ok"}
    await gql("{ viewer { id } }")
    text = (await client.get("/metrics")).text
    assert 'regulars_http_requests_total{route="/graphql",status="200"}' in text
    assert 'regulars_http_seconds_bucket{le="0.1",route="/graphql"}' in text


async def test_the_built_app_is_served(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Regulars</title>" + " " * 600)
    (tmp_path / "assets" / "main-1a2b.js").write_text("console.log(1);" * 100)
    app = Starlette(routes=[Route("/{path:path}", App(tmp_path).__call__)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as browser:
        for path in ("/", "/customers", "/customers/cus_65f", "/settings/users?tab=1"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert answer.headers["cache-control"] == "no-cache"
            assert answer.headers["content-encoding"] == "gzip"
            assert "<title>Regulars</title>" in answer.text
        script = await browser.get("/assets/main-1a2b.js", headers={"accept-encoding": "identity"})
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in script.headers
        for path in (
            "/assets/old.js",
            "/robots.txt",
            "/../pyproject.toml",
            "/%2e%2e/pyproject.toml",
            "/assets/../../x.py",
        ):
            assert (await browser.get(path)).status_code == 404


# --- what goes wrong ---


async def test_a_bug_is_masked_and_logged_once_without_the_query(
    gql: Ask, ctx: Context, stored: Any, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: Any) -> Any:
        message = "anna@secret.example stands here"
        raise ValueError(message)

    monkeypatch.setattr(store, "users", broken)
    answer = await gql('query Find { users(after: "usr_000000000000000000000000") { id name } }')
    (error,) = answer["errors"]
    trace = error["extensions"].pop("traceId")
    assert error["message"] == "Something went wrong on our side."
    assert error["extensions"] == {"code": "INTERNAL"}
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (bug,) = [one for one in lines if one.get("trace") == trace]
    assert {key: bug[key] for key in ("event", "code", "path", "operation", "raised", "level")} == {
        "event": "error", "code": "INTERNAL", "path": ["users"], "operation": "Find", "raised": "ValueError", "level": "error",
    }  # fmt: skip
    assert b"secret.example" not in log.getvalue()
    assert b"usr_000" not in log.getvalue()


async def test_what_a_person_typed_is_not_logged(gql: Ask, ctx: Context, log: Any) -> None:
    await a_customer(ctx, email="known@person.example")
    for query in (
        '{ customers(search: "typed@person.example", frist: 1) { nodes { id } } }',
        '{ customerByKey(key: {email: "typed@person.example"}) { id nothing } }',
        '{ customerByKey(key: {email: "typed@person.example"',
        '{ customers(where: {emails: {any: {address: {eqq: "typed@person.example"}}}}) { nodes { id } } }',
        'mutation { signIn(input: {email: "typed@person.example", password: "typed secret"}) { errors { code } } }',
    ):
        await gql(query)
    await gql("query ($first: Int) { customers(first: $first) { nodes { id } } }", {"first": "typed@person.example"})
    text = log.getvalue().decode()
    assert "typed" not in text
    assert text.count('"event":"request"') == 6
    for line in text.splitlines():
        json.loads(line)


@pytest.mark.parametrize("forged", ["a\r\nb", "a\x1b[31m", "a\u2028b", "x" * 1_000_000])
async def test_one_event_is_one_line(client: httpx2.AsyncClient, log: Any, forged: str) -> None:
    name = "".join(letter for letter in forged if letter.isalnum())[:20_000]
    body = json.dumps({"query": f"query {name} {{ nothing }}", "operationName": forged[:1_000]})
    await post(client, body)
    await client.get("/" + forged.encode().hex()[:1_000], headers={"user-agent": "x"})
    lines = log.getvalue().decode().splitlines()
    assert [set(json.loads(line)) >= {"event", "level", "timestamp"} for line in lines] == [True] * len(lines)
    assert max(len(line) for line in lines) < 1_000
