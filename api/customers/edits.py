"""What an edit does to a customer, as pure functions over plain documents.

`diff` says which paths it changes, `apply` writes paths into a document. The
document is always `apply` of what the log records, so the fold of a customer's changes equals its document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.core.errors import Invalid
from api.core.mongo import Doc
from api.customers import values
from api.customers.model import EDITABLE, LISTS, MAX_ITEMS, MAX_TAGS, PRIMARY_LISTS, PushChannel
from api.history.model import PathChange

ONLY_FORWARD = "last_seen_at"
TAGS = "tags"
RECORDED = frozenset(EDITABLE) | {"trashed_at", "anonymized_at"}
ADDRESS_PARTS = ("street", "house_number", "extra", "postal_code", "city", "region", "country_code")


@dataclass(slots=True)
class Edit:
    """A wish about one customer, read and checked; ids of new items are drawn already."""

    set: Doc = field(default_factory=dict)
    """Scalar name -> stored value, None to clear."""
    add: dict[str, list[Any]] = field(default_factory=dict)
    """List name -> items in stored form; of tags the words."""
    change: dict[str, dict[str, Doc]] = field(default_factory=dict)
    """List name -> item id -> the parts that change, in stored form."""
    remove: dict[str, list[str]] = field(default_factory=dict)
    """List name -> item ids; of tags the folded words."""
    fill: frozenset[str] = frozenset()
    """Scalars that are written only where the customer has none."""


def same(name: str, item: Mapping[str, Any]) -> Any:
    """Return what makes two items of a list the same thing."""
    if name == "emails":
        return item["normalized"]
    if name == "phones":
        return item["number"]
    if name == "bank_accounts":
        return item["digest"]
    if name == "push_tokens":
        return item["channel"], item["token"]
    if name == "social_accounts":
        return values.fold(item.get("provider", "")), values.fold(item["handle"])
    return tuple(values.fold(item.get(part) or "") for part in ADDRESS_PARTS)


def identifiers(edit: Edit) -> list[tuple[str, str]]:
    """Return (type, value) of each identifier that an edit brings."""
    found: list[tuple[str, str]] = []
    if edit.set.get("reference_id"):
        found.append(("reference_id", edit.set["reference_id"]))
    found += [("email", one["normalized"]) for one in _items(edit, "emails") if "normalized" in one]
    found += [("phone", one["number"]) for one in _items(edit, "phones") if one.get("valid")]
    for one in _items(edit, "push_tokens"):
        channels = [one["channel"]] if "channel" in one else PushChannel  # An edit may change the token alone.
        found += [(channel.lower(), one["token"]) for channel in channels if "token" in one]
    return found


def _items(edit: Edit, name: str) -> list[Doc]:
    return [*edit.add.get(name, ()), *edit.change.get(name, {}).values()]


def diff(doc: Mapping[str, Any], edit: Edit) -> list[PathChange]:
    """Return the paths that an edit changes in a document.

    Raises Invalid: NOT_FOUND for an unknown item, IDENTIFIER_LIMIT beyond 50 items, TOO_MANY_TAGS beyond 200.
    """
    paths = [
        PathChange(name, doc.get(name), value)
        for name, value in edit.set.items()
        if value != doc.get(name) and _may_set(name, doc.get(name), value, edit)
    ]
    for name in LISTS:
        if edit.add.get(name) or edit.change.get(name) or edit.remove.get(name):
            paths += _diff_list(name, doc.get(name) or [], edit)
    if edit.add.get(TAGS) or edit.remove.get(TAGS):
        paths += _diff_tags(doc.get(TAGS) or [], edit)
    return paths


def _may_set(name: str, current: Any, value: Any, edit: Edit) -> bool:
    if name in edit.fill and current is not None:
        return False
    # Being seen is no wish but a fact: an older one that comes late takes nothing back.
    return name != ONLY_FORWARD or current is None or (value is not None and value > current)


def _diff_list(name: str, items: list[Doc], edit: Edit) -> list[PathChange]:
    before = {item["id"]: item for item in items}
    after = dict(before)
    for index, item_id in enumerate(edit.remove.get(name, ())):
        if item_id not in before:
            raise Invalid(
                "There is no such item; it may be gone already.", code="NOT_FOUND", path=(name, "remove", str(index))
            )
        after.pop(item_id, None)
    wanted: str | None = None
    for index, (item_id, parts) in enumerate(edit.change.get(name, {}).items()):
        if item_id not in after:
            raise Invalid(
                "There is no such item; it may be gone already.", code="NOT_FOUND", path=(name, "edit", str(index))
            )
        merged = {**after[item_id], **parts}
        after[item_id] = {key: value for key, value in merged.items() if value is not None}
        wanted = item_id if parts.get("primary") else wanted
    known = {same(name, item): item_id for item_id, item in after.items()}
    for item in edit.add.get(name, ()):
        item_id = known.setdefault(same(name, item), item["id"])
        if item_id == item["id"]:
            after[item_id] = item
        wanted = item_id if item.get("primary") else wanted
    if len(known) < len(after):
        raise Invalid("This item is in the list already.", code="DUPLICATE_ITEM", path=(name,))
    if len(after) > MAX_ITEMS:
        raise Invalid(f"At most {MAX_ITEMS} items.", code="IDENTIFIER_LIMIT", path=(name,))
    if name in PRIMARY_LISTS:
        after = with_primary(after, wanted)
    return _between(name, before, after)


def with_primary(items: Mapping[str, Doc], wanted: str | None) -> dict[str, Doc]:
    """Return the items with exactly one primary: the wanted one, else the one that is, else the first."""
    if not items:
        return {}
    held = next((item_id for item_id, item in items.items() if item.get("primary")), None)
    chosen = wanted if wanted in items else held or next(iter(items))
    return {
        item_id: item if bool(item.get("primary")) == (item_id == chosen) and "primary" in item
        else {**item, "primary": item_id == chosen}
        for item_id, item in items.items()
    }  # fmt: skip


def _between(name: str, before: Mapping[str, Doc], after: Mapping[str, Doc]) -> list[PathChange]:
    gone = [PathChange(f"{name}.{one}", item, None) for one, item in before.items() if one not in after]
    return gone + [
        PathChange(f"{name}.{one}", before.get(one), item) for one, item in after.items() if before.get(one) != item
    ]


def _diff_tags(tags: list[str], edit: Edit) -> list[PathChange]:
    before = {values.fold(word): word for word in tags}
    after = {key: word for key, word in before.items() if key not in edit.remove.get(TAGS, ())}
    for word in edit.add.get(TAGS, ()):
        after.setdefault(values.fold(word), word)
    if len(after) > MAX_TAGS:
        raise Invalid(f"At most {MAX_TAGS} tags.", code="TOO_MANY_TAGS", path=(TAGS,))
    keys = [*before, *(key for key in after if key not in before)]
    return [
        PathChange(f"{TAGS}.{key}", before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    ]


# --- paths and documents ---


def value_at(doc: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path: a value, an item, a tag, or None."""
    name, _, key = path.partition(".")
    if not key:
        return doc.get(name)
    if name == TAGS:
        return next((word for word in doc.get(TAGS) or () if values.fold(word) == key), None)
    return next((item for item in doc.get(name) or () if item["id"] == key), None)


def apply(doc: Mapping[str, Any], paths: Iterable[PathChange]) -> Doc:
    """Return the document with these paths written; an empty list and a None leave no key."""
    after = dict(doc)
    for one in paths:
        name, _, key = one.path.partition(".")
        if not key:
            after[name] = one.after
        elif name == TAGS:
            after[name] = _put(after.get(name) or [], values.fold, key, one.after)
        else:
            after[name] = _put(after.get(name) or [], _item_id, key, one.after)
        if after[name] is None or after[name] == []:
            del after[name]
    return after


def _item_id(item: Mapping[str, Any]) -> str:
    return str(item["id"])


def _put(items: list[Any], key_of: Callable[[Any], str], key: str, value: Any) -> list[Any]:
    if value is None:
        return [item for item in items if key_of(item) != key]
    put = [value if key_of(item) == key else item for item in items]
    return put if any(key_of(item) == key for item in items) else [*put, value]


def fold(changes: Iterable[Iterable[PathChange]]) -> Doc:
    """Return the declared fields that a customer's changes add up to, oldest first."""
    doc: Doc = {}
    for paths in changes:
        doc = apply(doc, paths)
    return doc


def declared(doc: Mapping[str, Any]) -> Doc:
    """Return only what changes record: the editable fields, and the times of trashing and anonymizing."""
    return {name: value for name, value in doc.items() if name in RECORDED and value is not None}
