"""What a certificate proves, to somebody who has nothing but the file and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.core.keys import Keys
from jobs.cli import app

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
