"""What follows from a customer's declared fields: name, kind, sort keys, search words, identifiers.

None of it is a change; all of it is computed anew by the one function that prepares a document for saving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from api.core.mongo import Doc
from api.customers import values
from api.customers.model import Kind

MAX_TOKENS = 24
HEAD_LETTERS = 3
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FOLDED = ("given_name", "family_name", "job_title", "organization")
ID_SUFFIX = 4
KNOWN_BY = frozenset({"reference_id", "email", "phone"})
SHARED = frozenset({"phone", "push", "web_push"})
"""Identifiers that several may hold: families share a phone, devices are passed on. They say nothing about who it is."""


def derived(doc: Mapping[str, Any]) -> Doc:
    """Return the derived part of a document: kind, display_name, sort keys, folded texts, search words, trashed."""
    name = display_name(doc)
    tokens = list(dict.fromkeys(_words(doc)))[:MAX_TOKENS]
    last_seen = doc.get("last_seen_at")
    return {
        "kind": (Kind.KNOWN if any(kind in KNOWN_BY for kind, _, _ in identifiers(doc)) else Kind.ANONYMOUS).value,
        "display_name": name,
        "sort_name": values.fold(name)[:100],
        "sort_last_seen": last_seen or NEVER,
        "folded": {field: values.fold(doc[field]) for field in FOLDED if doc.get(field)},
        "words": {field: values.words(doc[field]) for field in FOLDED if doc.get(field)},
        "tag_keys": [values.fold(word) for word in doc.get("tags") or ()],
        "tokens": tokens,
        "heads": list(
            dict.fromkeys(word[:size] for word in tokens for size in range(1, min(HEAD_LETTERS, len(word)) + 1))
        ),
        "trashed": doc.get("trashed_at") is not None,
    }


def display_name(doc: Mapping[str, Any]) -> str:
    """Return given and family name, else the primary email's local part, else "Anonymous" with the end of the id."""
    names = [doc[field] for field in ("given_name", "family_name") if doc.get(field)]
    if names:
        return " ".join(names)
    emails = doc.get("emails") or ()
    primary = next((one for one in emails if one.get("primary")), None)
    if primary:
        return str(primary["address"]).rpartition("@")[0]
    return f"Anonymous {str(doc['_id'])[-ID_SUFFIX:]}"


def identifiers(doc: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield what a customer is found by: (type, normalized value, path of the item)."""
    if doc.get("reference_id"):
        yield "reference_id", doc["reference_id"], ("reference_id",)
    for item in doc.get("emails") or ():
        yield "email", item["normalized"], ("emails", item["id"])
    for item in doc.get("phones") or ():
        if item["valid"]:
            yield "phone", item["number"], ("phones", item["id"])
    for item in doc.get("push_tokens") or ():
        yield item["channel"].lower(), item["token"], ("push_tokens", item["id"])


def _words(doc: Mapping[str, Any]) -> Iterator[str]:
    for field in ("given_name", "family_name"):
        yield from values.words(doc.get(field) or "")
    yield from values.words(doc.get("reference_id") or "")
    for item in doc.get("emails") or ():
        local, _, domain = item["normalized"].rpartition("@")
        yield from values.words(local)
        yield from values.words(domain.rpartition(".")[0])
    for item in doc.get("phones") or ():
        yield from values.phone_words(item["number"]) if item["valid"] else values.words(item["number"])
