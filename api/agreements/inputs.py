"""What was sent about purposes, terms and lists, read into what is stored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from api.agreements.model import Kind, text_id
from api.core.errors import Invalid
from api.core.mongo import Doc
from api.customers import values

MAX_NAME = 100
MAX_ABOUT = 500
MAX_TEXT = 20_000
MAX_TEXTS = 20
MAX_LOCALE = 35
MAX_AHEAD = timedelta(days=366)
_PURPOSE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def key(kind: Kind, sent: str) -> str:
    """Return a new key; raises Invalid."""
    if kind is Kind.PURPOSE and not _PURPOSE.fullmatch(sent):
        message = "A key has 1 to 40 capital letters, digits and underscores, and begins with a letter."
        raise Invalid(message, path=("key",))
    if kind is not Kind.PURPOSE and not _SLUG.fullmatch(sent):
        message = "A key has 1 to 64 small letters, digits and hyphens, and begins with no hyphen."
        raise Invalid(message, path=("key",))
    return sent


def described(name: str, about: str | None) -> Doc:
    """Return the name and description of a new thing; raises Invalid."""
    return change({"name": name, "about": about})


def change(sent: Mapping[str, Any]) -> Doc:
    """Return the values that were sent; a description is cleared by null, nothing else is. Raises Invalid."""
    for name, value in sent.items():
        if value is None and name != "about":
            raise Invalid("This cannot be empty.", code="REQUIRED", path=(name,))
    read = dict(sent)
    if "name" in sent:
        read["name"] = " ".join((_text(sent["name"], MAX_NAME, "name") or "").split())
        if not read["name"]:
            raise Invalid("A name is needed.", code="REQUIRED", path=("name",))
    if "about" in sent:
        read["about"] = _text(sent["about"] or "", MAX_ABOUT, "about") or ""
    return read


def wordings(sent: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the texts of a version by locale, each exactly as it was sent; raises Invalid."""
    if not sent:
        raise Invalid("A version has at least one text.", code="REQUIRED", path=("texts",))
    if len(sent) > MAX_TEXTS:
        raise Invalid(f"A version has at most {MAX_TEXTS} texts.", code="LIMIT", path=("texts",))
    found: dict[str, str] = {}
    for place, (locale, text) in enumerate(sent):
        path = ("texts", str(place))
        name = _locale(locale, path)
        if name in found:
            raise Invalid("There is another text in this language.", path=(*path, "locale"))
        found[name] = _wording(text, path)
    return found


def effective(sent: datetime | None, now: datetime) -> datetime:
    """Return from when a version holds, by default from now; raises Invalid for more than a year ahead."""
    if sent is not None and sent > now + MAX_AHEAD:
        raise Invalid("This lies more than a year ahead.", path=("effective_from",))
    return sent or now


def version(number: int, texts: Mapping[str, str], effective_from: datetime, by: Doc) -> Doc:
    """Return the stored form of a version; `by` is `{created_at, created_by}`."""
    hashes = [{"locale": locale, "hash": fingerprint(text)} for locale, text in texts.items()]
    return {"version": number, "effective_from": effective_from, **by, "texts": hashes}


def text_docs(term: str, number: int, texts: Mapping[str, str]) -> list[Doc]:
    """Return the stored form of a version's texts."""
    return [{"_id": text_id(term, number, locale), "text": text} for locale, text in texts.items()]


def fingerprint(text: str) -> str:
    """Return the SHA-256 of the exact UTF-8 bytes of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _wording(text: str, path: tuple[str, ...]) -> str:
    if not text.strip():
        raise Invalid("A text is needed.", code="REQUIRED", path=(*path, "text"))
    if len(text) > MAX_TEXT:
        message = f"At most {MAX_TEXT:,} characters; this has {len(text):,}."
        raise Invalid(message, code="TOO_LONG", path=(*path, "text"))
    return text


def _locale(sent: str, path: tuple[str, ...]) -> str:
    try:
        found = values.locale(sent) if len(sent) <= MAX_LOCALE else None
    except Invalid:
        found = None
    if found is None:
        raise Invalid("A locale is a language tag such as nl or nl-NL.", path=(*path, "locale"))
    return found


def _text(sent: str, limit: int, name: str) -> str | None:
    try:
        return values.text(sent, limit)
    except Invalid as error:
        raise error.under(name) from None
