"""`regulars verify-receipt`: what a receipt proves, said by its two files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.core.keys import Keys
from jobs.cli import app

pytestmark = pytest.mark.unit

KEYS = Keys("5e0f7d1c9b3a4826f4c8d2e6a0b17953")
OTHERS = Keys("another secret, of another installation")
RECEIPT: dict[str, Any] = {
    "version": "1", "receiptId": "cen_01", "issuer": "https://customers.example.com",
    "timestamp": "2026-03-12T09:30:02.000Z", "collectedAt": "2026-03-12T09:30:00.000Z", "state": "GRANTED",
    "topic": "CHANNEL", "channel": "EMAIL", "purpose": "MARKETING", "list": None, "term": "newsletter-terms",
    "termVersion": 2, "textHash": "ab12", "basis": "EXPLICIT", "optInLevel": "SINGLE", "source": "PARTNER",
    "locale": "nl-NL", "principal": {"kind": "EMAIL", "value": "zoë@example.com"}, "entryHash": "1a2b.cd",
}  # fmt: skip


def verify(folder: Path, receipt: str | bytes, keys: str | bytes | None = None) -> tuple[int, str]:
    """Save both files, run the command with an empty environment, and return its exit code and what it printed."""
    paths = folder / "receipt.json", folder / "keys.json"
    for path, content in zip(paths, (receipt, json.dumps(KEYS.key_set()) if keys is None else keys), strict=True):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    empty = dict.fromkeys(("MONGODB_URL", "REDIS_URL", "REGULARS_SECRET", "REGULARS_DATA_DIR"), "")
    done = CliRunner().invoke(app, ["verify-receipt", str(paths[0]), "--key", str(paths[1])], env=empty)
    return done.exit_code, done.output


def signed(**changed: Any) -> str:
    claims = {**RECEIPT, **changed}
    return KEYS.sign_document(json.dumps(claims, ensure_ascii=False).encode())


def test_a_genuine_receipt_says_who_what_and_when(tmp_path: Path) -> None:
    code, shown = verify(tmp_path, signed(colour="blue"))
    assert code == 0
    assert shown.splitlines() == [
        "The receipt is genuine: it was signed with a key of this key file and not changed since.",
        "Who         EMAIL zoë@example.com",
        "What        GRANTED: channel EMAIL for MARKETING, term newsletter-terms version 2",
        "When        collected 2026-03-12T09:30:00.000Z, recorded 2026-03-12T09:30:02.000Z",
        "version     1",
        "receiptId   cen_01",
        "issuer      https://customers.example.com",
        "textHash    ab12",
        "basis       EXPLICIT",
        "optInLevel  SINGLE",
        "source      PARTNER",
        "locale      nl-NL",
        "entryHash   1a2b.cd",
        "colour      blue",
    ]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"principal": None}, "Who         not in the receipt"),
        (
            {"channel": None, "purpose": None, "term": None, "list": "newsletter"},
            "What        GRANTED: list newsletter",
        ),
        ({"channel": None, "term": None, "topic": "DO_NOT_SELL"}, "What        GRANTED: DO_NOT_SELL"),
        ({"extra": {"a": [1, "é"]}}, 'extra       {"a": [1, "é"]}'),
        ({"source": "\x1b[2J\nWho  Eve"}, "source      \\x1b[2J\\nWho  Eve"),
    ],
)
def test_what_else_a_receipt_may_say(tmp_path: Path, changed: dict[str, Any], line: str) -> None:
    code, shown = verify(tmp_path, signed(**changed))
    assert code == 0
    assert line in shown.splitlines()


def test_files_saved_by_other_programs_are_read(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + signed().encode() + b"\r\n"
    assert verify(tmp_path, marked, json.dumps(KEYS.key_set(), indent=2).encode() + b"\n")[0] == 0


BROKEN = "The signature does not fit: the document was changed after it was signed, or another signed it.\n"
UNKNOWN = "This document is signed with a key that is not among the given ones.\n"


def test_why_a_receipt_proves_nothing(tmp_path: Path) -> None:
    forged = json.loads(signed())
    forged["payload"] = json.loads(signed(state="WITHDRAWN"))["payload"]
    seal = KEYS.sign_document(b'{"day": "2026-03-12", "root": "ab"}')
    no_keys = "keys.json is not the saved answer of GET /keys.\n"
    for receipt, keys, why in (
        (json.dumps(forged), None, BROKEN),
        (signed(), json.dumps(OTHERS.key_set()), UNKNOWN),
        (seal, None, "receipt.json is signed, but it is not the receipt of a consent.\n"),
        (KEYS.sign_document(b"hello"), None, "receipt.json is signed, but it is not the receipt of a consent.\n"),
        (json.dumps(RECEIPT), None, "This is not a signed document.\n"),
        ("", None, "This is not a signed document.\n"),
        (signed(), "<html>", no_keys),
        (signed(), "[]", "This is not a JSON Web Key Set.\n"),
        (b"\xff\xfe", None, f"{tmp_path / 'receipt.json'} cannot be read as text.\n"),
    ):
        assert verify(tmp_path, receipt, keys) == (1, why)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["verify-receipt", str(tmp_path / "none"), "--key", str(tmp_path / "none")])
    assert (done.exit_code, done.output) == (1, f"{tmp_path / 'none'} cannot be read as text.\n")
