"""Reads what was sent into an `Edit`: every value checked and in its stored form, every fault said with its place."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from api.core.errors import Invalid, Problem
from api.core.fields import FieldType, Spec
from api.core.keys import Keys
from api.core.mongo import Doc
from api.customers import values
from api.customers.edits import ADDRESS_PARTS, Edit
from api.customers.model import EDITABLE


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading values depends on: the region of national phone numbers, and the keys that seal bank accounts."""

    region: str
    keys: Keys


@dataclass(slots=True)
class Parsed:
    """An edit with what was wrong (nothing of such a value is in the edit) and what was doubtful (it is)."""

    edit: Edit
    errors: list[Problem]
    warnings: list[Problem]


def parse(raw: Mapping[str, Any], reader: Reader) -> Parsed:
    """Read an update: scalars by name (None clears), lists as `{add, edit, remove}`.

    Codes in errors: INVALID, TOO_LONG, REQUIRED, INVALID_EMAIL, INVALID_IBAN, INVALID_DATE, UNKNOWN_COUNTRY and their
    kin; in warnings INVALID_PHONE. Paths are the declared snake_case names.
    """
    out = Parsed(Edit(), [], [])
    for name, value in raw.items():
        spec = EDITABLE[name]
        if spec.type is FieldType.TAGS:
            _parse_tags(name, value or {}, out)
        elif spec.items:
            _parse_list(spec, value or {}, reader, out)
        else:
            _read_into(out.edit.set, spec, value, out, (name,))
    return out


def scalar(spec: Spec, value: Any) -> Any:
    """Return the stored form of one value; raises Invalid."""
    if value is None or isinstance(value, bool | int | datetime):
        return value
    if isinstance(value, Enum):
        return value.value
    composed = values.text(value, spec.field.max_length)
    return spec.field.check(composed) if composed is not None and spec.field.check else composed


def _read_into(target: Doc, spec: Spec, value: Any, out: Parsed, path: tuple[str, ...]) -> None:
    try:
        target[spec.name] = scalar(spec, value)
    except Invalid as error:
        out.errors.append(error.problem.under(*path))


def _attempt(out: Parsed, path: tuple[str, ...], act: Callable[[], object]) -> None:
    try:
        act()
    except Invalid as error:
        out.errors.append(error.problem.under(*path))


def _parse_tags(name: str, wish: Mapping[str, Any], out: Parsed) -> None:
    for index, word in enumerate(wish.get("add") or ()):

        def add(word: str = word) -> None:
            found = values.tag(word)
            if found:
                out.edit.add.setdefault(name, []).append(found)

        _attempt(out, (name, "add", str(index)), add)
    out.edit.remove.setdefault(name, []).extend(values.fold(word.strip()) for word in wish.get("remove") or ())


def _parse_list(spec: Spec, wish: Mapping[str, Any], reader: Reader, out: Parsed) -> None:
    for index, sent in enumerate(wish.get("add") or ()):
        where = (spec.name, "add", str(index))

        def add(sent: Mapping[str, Any] = sent, where: tuple[str, ...] = where) -> None:
            parts = _parts(spec, sent, reader, out, where)
            if parts is not None:
                given = {key: value for key, value in parts.items() if value is not None}
                item = {"id": secrets.token_hex(6), **_DEFAULTS.get(spec.name, {}), **given}
                out.edit.add.setdefault(spec.name, []).append(item)

        _attempt(out, where, add)
    for index, sent in enumerate(wish.get("edit") or ()):
        where = (spec.name, "edit", str(index))

        def edit(sent: Mapping[str, Any] = sent, where: tuple[str, ...] = where) -> None:
            rest = {key: value for key, value in sent.items() if key != "id"}
            parts = _parts(spec, rest, reader, out, where, partial=True)
            if parts is not None:
                out.edit.change.setdefault(spec.name, {})[str(sent["id"])] = parts

        _attempt(out, where, edit)
    out.edit.remove.setdefault(spec.name, []).extend(str(one) for one in wish.get("remove") or ())


def _parts(
    spec: Spec, sent: Mapping[str, Any], reader: Reader, out: Parsed, where: tuple[str, ...], *, partial: bool = False
) -> Doc | None:
    """Read the parts of one item into stored form; None when a part is wrong (said in `out.errors`)."""
    parts: Doc = {}
    before = len(out.errors)
    for name, value in sent.items():
        _read_into(parts, spec.item[name], value, out, (*where, name))
    if len(out.errors) > before:
        return None
    required = REQUIRED.get(spec.name)
    if (
        required
        and required in (parts if partial else {**parts, required: parts.get(required)})
        and not parts.get(required)
    ):
        raise Invalid("This cannot be empty.", code="REQUIRED", path=(required,))
    complete = _COMPLETE.get(spec.name)
    if complete:
        complete(parts, reader, out, where)
    if spec.name == "addresses" and not partial and not any(parts.get(name) for name in ADDRESS_PARTS):
        raise Invalid("An address needs at least one part.", code="REQUIRED")
    return parts


REQUIRED = {
    "emails": "address",
    "phones": "number",
    "bank_accounts": "iban",
    "social_accounts": "handle",
    "push_tokens": "token",
}


def _complete_email(parts: Doc, _reader: Reader, _out: Parsed, _where: tuple[str, ...]) -> None:
    if "address" in parts:
        try:
            parts["normalized"] = values.email(parts["address"])
        except Invalid as error:
            raise error.under("address") from None


def _complete_phone(parts: Doc, reader: Reader, out: Parsed, where: tuple[str, ...]) -> None:
    if "number" in parts:
        typed = parts["number"]
        found = values.phone(typed, reader.region)
        parts.update(number=found or typed, raw=typed, valid=found is not None)
        if found is None:
            message = "This is no phone number that can be dialled; it is kept as typed."
            out.warnings.append(Problem("INVALID_PHONE", message, (*where, "number")))


def _complete_bank(parts: Doc, reader: Reader, _out: Parsed, _where: tuple[str, ...]) -> None:
    if "iban" in parts:
        iban = parts["iban"]
        parts.update(iban=reader.keys.encrypt(iban), digest=reader.keys.digest("iban", iban), masked=values.mask(iban))


def _complete_social(parts: Doc, _reader: Reader, _out: Parsed, _where: tuple[str, ...]) -> None:
    if "provider" in parts and not parts["provider"]:
        raise Invalid("This cannot be empty.", code="REQUIRED", path=("provider",))
    if "verified" in parts:
        parts["verified"] = bool(parts["verified"])


def _complete_push(parts: Doc, _reader: Reader, _out: Parsed, _where: tuple[str, ...]) -> None:
    if "channel" in parts and not parts["channel"]:
        raise Invalid("This cannot be empty.", code="REQUIRED", path=("channel",))


_DEFAULTS: dict[str, Doc] = {"social_accounts": {"verified": False}}
_COMPLETE: dict[str, Callable[[Doc, Reader, Parsed, tuple[str, ...]], None]] = {
    "emails": _complete_email,
    "phones": _complete_phone,
    "bank_accounts": _complete_bank,
    "social_accounts": _complete_social,
    "push_tokens": _complete_push,
}
