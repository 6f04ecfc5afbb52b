"""Checking a certificate on any machine: by the file and the key alone, without a database, a secret or a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from api.core import jws
from api.core.errors import Invalid
from jobs.signed import key_set, parsed, shown, text

FORMAT = "regulars-certificate"
_FIRST = ("act", "run", "issuer", "madeAt")


def verified(certificate: Path, key: str) -> tuple[list[str], bool]:
    """Return lines that tell what a certificate says, and whether nothing was found.

    `key` is the saved answer of GET /keys, or a JSON Web Key; a key that stands in the certificate proves nothing and is
    never looked at. Raises Invalid: INVALID, UNKNOWN_KEY, INVALID_SIGNATURE.
    """
    payload = jws.verify(text(certificate), key_set(key))
    message = f"{certificate.name} is signed, but it is not a certificate of Regulars."
    said = parsed(payload, message)
    # Receipts and seals are signed by the same key.
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise Invalid(message)
    is_clean = said.get("clean") is True and not any(True for _ in _remnants(said))
    lines = ["The certificate is genuine: it was signed with this key and not changed since."]
    lines += [f"{name:<14}{shown(said.get(name))}" for name in _FIRST]
    lines += [f"{'persons':<14}{_persons(said.get('persons'))}", *_collections(said), *_rest(said)]
    return [*lines, *_verdict(said, is_clean=is_clean)], is_clean


def _persons(persons: Any) -> str:
    if not isinstance(persons, Mapping):
        return shown(persons)
    ids = persons.get("ids")
    named = f": {' '.join(map(shown, ids))}" if isinstance(ids, Sequence) and not isinstance(ids, str) else ""
    return f"{shown(persons.get('count'))} (SHA-256 of their sorted ids {shown(persons.get('sha256'))}){named}"


def _places(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = said.get("collections")
    yield from (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, Mapping))


def _collections(said: Mapping[str, Any]) -> Iterator[str]:
    for one in _places(said):
        counts = ", ".join(f"{name} {shown(one.get(name))}" for name in ("cleared", "documents", "strings", "held"))
        yield f"{'searched':<14}{shown(one.get('collection'))}: {counts}"


def _rest(said: Mapping[str, Any]) -> Iterator[str]:
    redis = said.get("redis")
    if isinstance(redis, Mapping) and redis.get("searched"):
        yield f"{'searched':<14}Redis: keys {shown(redis.get('keys'))}, strings {shown(redis.get('strings'))}"
    elif isinstance(redis, Mapping):
        yield f"{'not searched':<14}Redis: {shown(redis.get('why'))}"
    yield f"{'not searched':<14}{shown(said.get('notSearched'))} identifiers that are too short"
    yield f"{'figures':<14}{shown(said.get('figures'))}"
    yield from (f"{'rule':<14}{shown(one)}" for one in said.get("rules") or ())


def _remnants(said: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    redis = said.get("redis")
    places = [(shown(one.get("collection")), one) for one in _places(said)]
    places += [("Redis", redis)] if isinstance(redis, Mapping) else []
    for where, one in places:
        for found in one.get("found") or ():
            yield where, found


def _verdict(said: Mapping[str, Any], *, is_clean: bool) -> Iterator[str]:
    for where, found in _remnants(said):
        yield f"{'FOUND':<14}{where}, {shown(found.get('path'))}: {shown(found.get('count'))}"
    if is_clean:
        yield "Nothing of these persons was found."
