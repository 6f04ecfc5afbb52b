"""What a certificate proves, to somebody who has nothing but the file and the key."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.core import ids, jws
from api.core.context import Context
from api.core.keys import Keys
from api.privacy import search as certificate_search
from api.runs import rules as runs
from jobs.cli import app
from tests.conftest import SECRET
from tests.factories import a_customer
from tests.imports.steps import as_admin, csv_of, uploaded

KEYS = Keys("5e0f7d1c9b3a4826f4c8d2e6a0b17953")
OTHERS = Keys("another secret, of another installation")
PLACE: dict[str, Any] = {
    "collection": "changes", "cleared": 3, "documents": 12, "strings": 80, "held": 0, "found": [],
}  # fmt: skip
SAID: dict[str, Any] = {
    "format": "regulars-certificate", "version": 1, "issuer": "https://customers.example.com", "act": "ERASE",
    "run": "run_000000000000000000000001", "madeAt": "2026-03-12T09:30:02.000Z", "clean": True,
    "persons": {"count": 1, "sha256": "ab12", "ids": ["cus_000000000000000000000002"]},
    "collections": [PLACE], "redis": {"searched": True, "why": None, "keys": 4, "strings": 9, "found": []},
    "leftOut": [], "notSearched": 2, "figures": None, "rules": ["Every string was read."],
}  # fmt: skip


def verify(folder: Path, certificate: str, key: str | None = None) -> tuple[int, list[str]]:
    """Save both files, run the command with an empty environment, and return its exit code and what it printed."""
    path, keys = folder / "certificate.json", folder / "keys.json"
    path.write_text(certificate)
    keys.write_text(json.dumps(KEYS.key_set()))
    empty = dict.fromkeys(("MONGODB_URL", "REDIS_URL", "REGULARS_SECRET", "REGULARS_DATA_DIR"), "")
    done = CliRunner().invoke(app, ["verify-certificate", str(path), "--key", key or str(keys)], env=empty)
    return done.exit_code, done.output.splitlines()


def signed(keys: Keys = KEYS, **changed: Any) -> str:
    return keys.sign_document(json.dumps({**SAID, **changed}).encode())


@pytest.mark.unit
def test_a_genuine_one_says_what_was_searched(tmp_path: Path) -> None:
    code, shown = verify(tmp_path, signed())
    assert code == 0
    assert shown == [
        "The certificate is genuine: it was signed with this key and not changed since.",
        "act           ERASE",
        "run           run_000000000000000000000001",
        "issuer        https://customers.example.com",
        "madeAt        2026-03-12T09:30:02.000Z",
        "persons       1 (SHA-256 of their sorted ids ab12): cus_000000000000000000000002",
        "searched      changes: cleared 3, documents 12, strings 80, held 0",
        "searched      Redis: keys 4, strings 9",
        "not searched  2 identifiers that are too short",
        "figures       null",
        "rule          Every string was read.",
        "Nothing of these persons was found.",
    ]


@pytest.mark.unit
@pytest.mark.parametrize("key", [json.dumps(KEYS.key_set()), json.dumps(KEYS.key_set()["keys"][0])])
def test_the_key_may_be_given_as_it_is(tmp_path: Path, key: str) -> None:
    assert verify(tmp_path, signed(), key)[0] == 0


@pytest.mark.unit
def test_what_was_left_is_named_and_refused(tmp_path: Path) -> None:
    left = {**PLACE, "found": [{"path": "personal.paths", "count": 2}]}
    # What it says of itself does not count where it names a place.
    for clean in (True, False):
        code, shown = verify(tmp_path, signed(collections=[left], clean=clean))
        assert code == 1
        assert shown[-2:] == [
            "FOUND         changes, personal.paths: 2",
            "The certificate is genuine, and it says that something was left.",
        ]


@pytest.mark.unit
def test_another_key_a_changed_one_and_another_document_are_refused(tmp_path: Path) -> None:
    assert verify(tmp_path, signed(OTHERS))[1] == [
        "This document is signed with a key that is not among the given ones."
    ]
    own_key = json.loads(signed(OTHERS)) | {"jwk": OTHERS.key_set()["keys"][0], **OTHERS.key_set()}
    assert verify(tmp_path, json.dumps(own_key))[0] == 1
    genuine, other = json.loads(signed()), json.loads(signed(act="ANONYMIZE"))
    code, shown = verify(tmp_path, json.dumps({**genuine, "payload": other["payload"]}))
    assert code == 1
    assert shown[0].startswith("The signature does not fit")
    for said in (signed(format="regulars-copy"), KEYS.sign_document(b"[]")):
        assert verify(tmp_path, said)[1] == ["certificate.json is signed, but it is not a certificate of Regulars."]
    assert verify(tmp_path, "no JSON")[0] == 1
    assert verify(tmp_path, signed(), str(tmp_path / "missing"))[0] == 1
    assert verify(tmp_path, signed(), "{no json")[0] == 1


# --- made by a run ---


async def erased(ctx: Context, data: Any, doc: dict[str, Any]) -> dict[str, Any]:
    """Erase a customer, and return what the run says of its certificate."""
    erase = """mutation ($id: ID!, $input: CustomerEraseInput!) { customerErase(id: $id, input: $input) {
      run { id } errors { code } } }"""
    answer = (await data(erase, {"id": ids.show(ids.CUSTOMER, doc["_id"]), "input": {}}))["customerErase"]
    assert answer["errors"] == []
    public = answer["run"]["id"]
    await runs.work(ctx, str(ids.read(ids.RUN, public)))
    look = """query ($id: ID!) { run(id: $id) { status log { text } privacy {
      collections { collection cleared searched found } certificate { clean signed name } } } }"""
    found: dict[str, Any] = (await data(look, {"id": public}))["run"]
    assert found["status"] == "SUCCEEDED"
    return found


def payload(signed: str) -> dict[str, Any]:
    """Return what a certificate says, its signature checked with the key of the tests."""
    said: dict[str, Any] = json.loads(jws.verify(signed, Keys(SECRET).key_set()))
    return said


async def test_one_remnant_put_in_by_hand_is_found_and_named(
    ctx: Context, stored: Any, data: Any, tmp_path: Path
) -> None:
    ctx.db.rehearse = False
    doc = await a_customer(ctx, given_name="Anna", email="anna@planted.example", reference_id="CRM-00017")
    other = await a_customer(ctx, given_name="Bea", email="bea@planted.example")
    stored["agreements"].insert_one({"_id": "x", "kind": "PURPOSE", "about": "As said to Anna@planted.example today"})
    run = await erased(ctx, data, doc)
    said = payload(run["privacy"]["certificate"]["signed"])
    assert (said["clean"], run["privacy"]["certificate"]["clean"]) == (False, False)
    left = {one["collection"]: one["found"] for one in said["collections"] if one["found"]}
    assert left == {"agreements": [{"path": "about", "count": 1}]}
    assert {one["collection"]: one["found"] for one in run["privacy"]["collections"] if one["found"]} == {
        "agreements": 1
    }
    assert "anna" not in json.dumps(said).lower()
    code, shown = verify(tmp_path, run["privacy"]["certificate"]["signed"], json.dumps(Keys(SECRET).key_set()))
    assert code == 1
    assert "FOUND         agreements, about: 1" in shown
    # The next search is about somebody else, and finds nothing.
    assert (await erased(ctx, data, other))["privacy"]["certificate"]["clean"]
    stored["agreements"].delete_one({"_id": "x"})


async def test_it_says_what_was_cleared_and_searched_and_of_whom(ctx: Context, data: Any) -> None:
    ctx.db.rehearse = False
    doc = await a_customer(ctx, given_name="Anna", email="anna@planted.example", reference_id="R-1")
    public = ids.show(ids.CUSTOMER, doc["_id"])
    said = payload((await erased(ctx, data, doc))["privacy"]["certificate"]["signed"])
    assert (said["format"], said["act"], said["clean"]) == ("regulars-certificate", "ERASE", True)
    assert said["persons"] == {
        "count": 1,
        "ids": [public],
        "sha256": hashlib.sha256(f"{public}\n".encode()).hexdigest(),
    }
    cleared = {one["collection"]: one["cleared"] for one in said["collections"] if one["cleared"]}
    # Her email address, her reference id, and what stands for herself.
    assert cleared == {"customers": 1, "changes": 1, "identifiers": 3}
    names = [one["collection"] for one in said["collections"]]
    assert names == sorted(names)
    assert {"customers", "changes", "identifiers", "runs", "access_log"} <= set(names)
    assert "clearings" not in names
    assert [one["collection"] for one in said["leftOut"]] == ["clearings"]
    assert said["redis"]["searched"] is False
    assert said["notSearched"] == 1
    assert all(one.endswith(".") for one in said["rules"])


async def test_a_file_that_was_uploaded_and_not_planned_is_removed(ctx: Context, stored: Any, data: Any) -> None:
    ctx.db.rehearse = False
    doc = await a_customer(ctx, given_name="Anna", email="anna@planted.example")
    admin = as_admin(ctx)
    hers = await uploaded(admin, csv_of(["email"], ["Anna@planted.example"]), name="Anna.csv")
    theirs = await uploaded(admin, csv_of(["email"], ["bea@planted.example"]), name="Bea.csv")
    run = await erased(ctx, data, doc)
    assert payload(run["privacy"]["certificate"]["signed"])["clean"]
    assert "Removed 1 more file that held them." in [one["text"] for one in run["log"]]
    assert [ids.show(ids.FILE, part["file_id"]) for part in stored["file_parts"].find()] == [theirs]
    kept = {ids.show(ids.FILE, file["_id"]): file["personal"] for file in stored["files"].find()}
    assert kept == {hers: None, theirs: {"name": "Bea.csv"}}


async def test_who_holds_an_address_again_is_no_remnant(ctx: Context, stored: Any, data: Any) -> None:
    ctx.db.rehearse = False
    doc = await a_customer(ctx, given_name="Anna", email="anna@planted.example")
    again = """mutation ($id: ID!, $input: CustomerAnonymizeInput!) { customerAnonymize(id: $id, input: $input) {
      run { id } errors { code } } }"""
    answer = (await data(again, {"id": ids.show(ids.CUSTOMER, doc["_id"]), "input": {}}))["customerAnonymize"]
    run_id = ids.read(ids.RUN, answer["run"]["id"])
    searching = certificate_search.Searching.next

    async def first(self: Any) -> int:
        # Between the act and its search she comes back, or somebody else has her address.
        if not stored["customers"].count_documents({"given_name": "Next"}):
            await a_customer(ctx, given_name="Next", email="anna@planted.example")
        return await searching(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificate_search.Searching, "next", first)
        await runs.work(ctx, str(run_id))
    said = payload(stored["certificates"].find_one({"_id": run_id})["signed"])
    assert said["clean"]
    assert {one["collection"]: one["held"] for one in said["collections"] if one["held"]}.keys() == {
        "changes",
        "customers",
    }
