"""The pages behind the links of messages: no sign-in, no script, nothing told of the person, and GET changes nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from api.consent import tokens
from api.core.context import Context
from api.core.keys import Keys
from api.customers.rules import identifier_id
from tests.conftest import ORIGIN, SECRET, Ask, Clock
from tests.factories import a_customer

RECORD = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { appliedAs confirmToken } }"
LIST = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { applied } }"
WEEKLY = {
    "key": "weekly",
    "name": "News & <b>offers</b>",
    "channel": "EMAIL",
    "purpose": "MARKETING",
    "doubleOptIn": False,
}
ONE_CLICK = {"content": "List-Unsubscribe=One-Click", "headers": {"content-type": "application/x-www-form-urlencoded"}}
SANNE = "sanne@planted.example"


class Read(HTMLParser):
    """What a page says, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] != "style":
            self.text.append(data)

    @property
    def said(self) -> str:
        return " ".join("".join(self.text).split())


@pytest.fixture
async def stranger(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser, or a mail program, that sends nothing by itself."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as opened:
        yield opened


@pytest.fixture
async def link(ctx: Context, data: Ask, clock: Clock) -> str:
    """The path of a link for a subscriber of a list."""
    await data(LIST, {"input": WEEKLY})
    await a_customer(ctx, email=SANNE, given_name="Sanne", locale="nl-BE")
    await subscribe(data, list="weekly")
    clock.move(minutes=1)
    return path_of(ctx, "LIST/weekly")


async def subscribe(data: Ask, **more: Any) -> dict[str, Any]:
    sent = {"identifier": {"email": SANNE}, "state": "GRANTED", **more}
    found: dict[str, Any] = (await data(RECORD, {"input": sent}, as_="key:partner"))["consentRecord"]
    return found


def path_of(ctx: Context, word: str, kind: str = "email", value: str = SANNE) -> str:
    return tokens.unsubscribe_url(ctx, identifier_id(ctx.keys, kind, value), word).removeprefix(ORIGIN)


def entries(stored: Any) -> list[dict[str, Any]]:
    found = [orjson.loads(one["body"]) for one in stored["consent_ledger"].find(sort=[("_id", 1)])]
    return [{name: one[name] for name in ("state", "source", "list", "applied_as")} for one in found]


GRANTED = {"state": "GRANTED", "source": "PARTNER", "list": "weekly", "applied_as": "CURRENT"}
GONE = {"state": "WITHDRAWN", "source": "UNSUBSCRIBE", "list": "weekly", "applied_as": "CURRENT"}


async def test_one_click_and_it_is_done(stranger: httpx2.AsyncClient, stored: Any, link: str, clock: Clock) -> None:
    for _ in range(3):
        page = await stranger.get(link)
    assert entries(stored) == [GRANTED]
    read = Read(page.text)
    assert read.said == "Afmelden Afmelden Wilt u News & <b>offers</b> niet meer ontvangen? s…@planted.example Afmelden"
    assert [one for tag, one in read.tags if tag == "form"] == [{"method": "post"}]
    assert [one for tag, one in read.tags if tag in {"script", "input", "a"}] == []
    assert ("html", {"lang": "nl", "dir": "ltr"}) in read.tags
    done = await stranger.post(link)
    assert done.status_code == 200
    assert "U bent afgemeld U ontvangt News & <b>offers</b> niet meer. s…@planted.example" in Read(done.text).said
    assert entries(stored) == [GRANTED, GONE]
    (customer,) = stored["customers"].find()
    assert customer["standing"][0]["keys"] == ["LIST/weekly/UNSUBSCRIBED"]
    assert stored["consent_ledger"].find_one({"seq": 2})["personal"].get("value") is None


async def test_again_and_again_is_harmless(stranger: httpx2.AsyncClient, stored: Any, link: str, clock: Clock) -> None:
    assert [(await stranger.post(link)).status_code for _ in range(2)] == [200, 200]
    clock.move(days=900)
    assert (await stranger.post(link)).status_code == 200
    assert entries(stored) == [GRANTED, GONE, {**GONE, "applied_as": "NO_CHANGE"}, GONE]


async def test_a_mail_program_does_it_with_one_click(stranger: httpx2.AsyncClient, stored: Any, link: str) -> None:
    done = await stranger.post(link, **ONE_CLICK)
    assert (done.status_code, done.is_redirect) == (200, False)
    assert "set-cookie" not in done.headers
    assert entries(stored) == [GRANTED, GONE]


async def test_only_the_token_counts(stranger: httpx2.AsyncClient, headers_of: Any, stored: Any, link: str) -> None:
    wrong = {"origin": "https://evil.example", "sec-fetch-site": "cross-site", **headers_of("owner")}
    for path in ("/unsubscribe/x", "/unsubscribe/", link[:-1], link + "0", link.replace("unsubscribe", "confirm")):
        assert (await stranger.post(path, headers=wrong)).status_code in {404, 405}
    assert entries(stored) == [GRANTED]
    # A form of our own page says `Origin: null`, for it tells nobody where it was.
    for headers in ({"origin": "null"}, {"authorization": "Bearer nothing"}, {"cookie": "regulars_session=old"}):
        assert (await stranger.post(link, headers=headers)).status_code == 200
    assert [one["source"] for one in entries(stored)] == ["PARTNER", *["UNSUBSCRIBE"] * 3]
    assert (await stranger.put(link)).status_code == 405
    assert (await stranger.head(link)).status_code == 200


async def test_headers_of_a_page(stranger: httpx2.AsyncClient, link: str) -> None:
    for page in (await stranger.get(link), await stranger.post(link), await stranger.get("/unsubscribe/x")):
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex, nofollow"
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["vary"] == "Accept-Language"
        (style,) = re.findall("<style>(.*)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        own = page.headers.get_list("content-security-policy")[0]
        assert own == (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        assert "style=" not in page.text.partition("</style>")[2]


async def test_a_purpose_and_whose_language(stranger: httpx2.AsyncClient, ctx: Context, data: Ask, stored: Any) -> None:
    await a_customer(ctx, email=SANNE)
    link = path_of(ctx, "EMAIL/MARKETING")
    said = {}
    for accept in ("", "de-AT, en;q=0.5", "pl, fr;q=0.3, es;q=0.8", "pl", "*;q=x", "fr;q=0, de;q=0.1"):
        page = Read((await stranger.get(link, headers={"accept-language": accept})).text)
        said[accept] = next(one["lang"] for tag, one in page.tags if tag == "html")
        assert "Marketing (" in page.said
    assert list(said.values()) == ["en", "de", "es", "en", "en", "de"]
    done = Read((await stranger.post(link)).text)
    assert "You will get no more of Marketing (email)." in done.said
    (customer,) = stored["customers"].find()
    assert customer["standing"][0]["keys"] == ["EMAIL/MARKETING/WITHDRAWN"]


async def test_an_address_that_nobody_has_any_more(
    stranger: httpx2.AsyncClient, ctx: Context, data: Ask, stored: Any, link: str
) -> None:
    update = "mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { applied } }"
    (sanne,) = stored["customers"].find()
    gone = {"emails": {"remove": [sanne["emails"][0]["id"]]}}
    assert (await data(update, {"id": f"cus_{sanne['_id']}", "input": gone}))["customerUpdate"]["applied"]
    page = Read((await stranger.get(link, headers={"accept-language": "fr"})).text)
    assert (
        page.said
        == "Se désinscrire Se désinscrire Souhaitez-vous ne plus rien recevoir de : News & <b>offers</b> ? Se désinscrire"
    )
    assert (await stranger.post(link)).status_code == 200
    assert entries(stored) == [GRANTED, GONE]
    other = await a_customer(ctx, email=SANNE)
    (found,) = stored["customers"].find({"_id": other["_id"]})
    assert found["standing"][0]["keys"] == ["LIST/weekly/UNSUBSCRIBED"]
    unknown = path_of(ctx, "LIST/weekly", value="nobody@planted.example")
    assert (await stranger.post(unknown)).status_code == 200
    assert stored["customers"].count_documents({}) == 2


async def test_a_number_that_several_have(stranger: httpx2.AsyncClient, ctx: Context, stored: Any) -> None:
    for name, locale in (("Sanne", "nl"), ("Piet", "de")):
        await a_customer(ctx, given_name=name, locale=locale, phones=[{"number": "0612345678"}])
    link = path_of(ctx, "SMS/MARKETING", "phone", "+31612345678")
    page = Read((await stranger.get(link)).text)
    assert page.said.endswith("Do you want to get no more of Marketing (SMS)? …78 Unsubscribe")
    assert (await stranger.post(link)).status_code == 200
    assert [one["standing"][0]["keys"] for one in stored["customers"].find()] == [["SMS/MARKETING/WITHDRAWN"]] * 2


async def test_nothing_of_a_person_is_in_a_link(ctx: Context, link: str) -> None:
    token = link.rpartition("/")[2]
    packed = token.rpartition(".")[2]
    inside = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    assert re.fullmatch(r"email:[0-9a-f]{32}/LIST/weekly", inside)
    assert re.fullmatch(r"[\w.-]+[A-Za-z0-9]", token)
    assert tokens.unsubscribe_url(ctx, *tokens.read_unsubscribe(ctx, token)) == f"{ORIGIN}{link}"


async def test_links_outlive_a_new_secret(ctx: Context, link: str) -> None:
    token = link.rpartition("/")[2]
    later = replace(ctx, keys=Keys("another secret that is long enough to be one", SECRET))
    assert tokens.read_unsubscribe(later, token)[1] == "LIST/weekly"


@pytest.mark.parametrize(
    "word", ["LIST/none", "EMAIL/NONE", "TERM/privacy", "DO_NOT_SELL", "LIST/", "FAX/MARKETING", "EMAIL", ""]
)
async def test_signed_links_about_nothing(stranger: httpx2.AsyncClient, ctx: Context, stored: Any, word: str) -> None:
    path = path_of(ctx, word)
    answers = [await stranger.get(path), await stranger.post(path)]
    assert [one.status_code for one in answers] == [404, 404]
    assert stored["consent_ledger"].count_documents({}) == 0


# --- the other page ---


async def test_the_page_that_confirms(stranger: httpx2.AsyncClient, data: Ask, stored: Any, clock: Clock) -> None:
    await data(LIST, {"input": {**WEEKLY, "doubleOptIn": True}})
    link = f"/confirm/{(await subscribe(data, list='weekly', state='PENDING', locale='es'))['confirmToken']}"
    clock.move(minutes=1)
    page = await stranger.get(link, headers={"accept-language": "nl"})
    assert Read(page.text).said == (
        "Confirmar Confirmar Confirme, por favor, que desea esto: News & <b>offers</b>. s…@planted.example Confirmar"
    )
    assert len(entries(stored)) == 1
    for _ in range(2):
        done = await stranger.post(link, headers={"origin": "null"})
        assert (done.status_code, "Gracias. Ha aceptado: News & <b>offers</b>." in Read(done.text).said) == (200, True)
    assert "<form" not in (await stranger.get(link)).text
    assert [one["state"] for one in entries(stored)] == ["PENDING", "GRANTED"]


async def test_what_cannot_be_confirmed(stranger: httpx2.AsyncClient, data: Ask, stored: Any, clock: Clock) -> None:
    await data(LIST, {"input": {**WEEKLY, "doubleOptIn": True}})
    on = {"list": "weekly", "state": "PENDING"}
    link = f"/confirm/{(await subscribe(data, **on))['confirmToken']}"

    async def both() -> set[tuple[int, str]]:
        answers = [await stranger.get(link), await stranger.post(link)]
        return {(one.status_code, Read(one.text).said.partition(" T")[0]) for one in answers}

    clock.move(minutes=1)
    await subscribe(data, list="weekly", state="WITHDRAWN")
    clock.move(minutes=1)
    ((status, said),) = await both()
    assert (status, said.startswith("This link is no longer valid")) == (410, True)
    link = f"/confirm/{(await subscribe(data, **on))['confirmToken']}"
    update = "mutation ($key: String!, $input: ListUpdateInput!) { listUpdate(key: $key, input: $input) { applied } }"
    await data(update, {"key": "weekly", "input": {"archived": True}})
    clock.move(minutes=1)
    assert (await stranger.post(link)).status_code == 410
    clock.move(days=7)
    ((status, said),) = await both()
    assert (status, said.startswith("This link has expired")) == (410, True)
    link = "/confirm/nonsense"
    ((status, said),) = await both()
    assert (status, said.startswith("This link does not work")) == (404, True)
    assert [one["state"] for one in entries(stored)] == ["PENDING", "WITHDRAWN", "PENDING"]
