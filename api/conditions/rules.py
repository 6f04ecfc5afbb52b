"""Compiles a condition tree to one MongoDB filter. Total: any tree becomes a filter of known operators, or Invalid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from api.conditions.model import MAX_DEPTH, MAX_LEAVES, MAX_VALUES, OPERATORS
from api.core.errors import Invalid
from api.core.fields import FieldType, Spec
from api.core.mongo import Doc

JOINS = ("AND", "OR", "NOT")
MAX_DAYS = 36_500
_COMPARE = {
    "eq": "$eq",
    "neq": "$ne",
    "in": "$in",
    "nin": "$nin",
    "lt": "$lt",
    "lte": "$lte",
    "gt": "$gt",
    "gte": "$gte",
}


@dataclass(frozen=True)
class Language:
    """What a tree may speak of, and where that is stored."""

    fields: Mapping[str, Spec]
    now: datetime
    value: Callable[[str, Spec, Any], Any]
    """Brings a value into its stored form: (path, field, value) -> stored; raises Invalid."""
    prefix: Callable[[str, str], str]
    """Brings the beginning of a value into the form that stored values begin with: (path, text) -> text."""
    fold: Callable[[str], str]
    folded: frozenset[str]
    """Texts of which a folded copy is kept under `folded.<name>` and their words under `words.<name>`."""
    allow: Callable[[Spec], None]
    """Raises Forbidden for a field whose values the caller may not read."""
    stored: Mapping[str, str]
    """Path in the tree -> path in the document, where they differ."""
    more: Mapping[str, Callable[[Mapping[str, Any]], Doc]] = field(default_factory=dict)
    """Conditions that are no field: name in the tree -> what makes a filter of what is asked; raises Invalid."""


def compile_filter(tree: Mapping[str, Any] | None, language: Language) -> Doc:
    """Return the filter of a tree; of none, the empty filter.

    Raises Invalid (INVALID for a bad value, FILTER_TOO_LARGE beyond 6 levels or 50 leaves), Forbidden.
    """
    if not tree:
        return {}
    if _leaves(tree) > MAX_LEAVES:
        raise Invalid(f"At most {MAX_LEAVES} conditions.", code="FILTER_TOO_LARGE", path=("where",))
    return _joined(_tree(tree, language, 1))


def _leaves(tree: Mapping[str, Any]) -> int:
    total = 0
    for name, part in tree.items():
        if name in JOINS:
            total += sum(_leaves(one) for one in (part if isinstance(part, list) else [part]))
        elif part:
            inner = part.get("any")
            total += sum(len(one) for one in inner.values()) if inner else len(part)
    return total


def names(tree: Mapping[str, Any] | None) -> set[str]:
    """Return the names of everything that a tree asks about."""
    found: set[str] = set()
    for name, part in (tree or {}).items():
        if name in JOINS:
            for one in part if isinstance(part, list) else [part]:
                found |= names(one)
        else:
            found.add(name)
    return found


def _joined(parts: list[Doc]) -> Doc:
    if not parts:
        return {}
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _tree(tree: Mapping[str, Any], language: Language, depth: int) -> list[Doc]:
    if depth > MAX_DEPTH:
        raise Invalid(f"Conditions nest at most {MAX_DEPTH} deep.", code="FILTER_TOO_LARGE", path=("where",))
    parts: list[Doc] = []
    for name, part in tree.items():
        if part is None:
            continue
        if name == "NOT":
            parts.append({"$nor": [_joined(_tree(part, language, depth + 1))]})
        elif name in JOINS:
            branches = [_joined(_tree(one, language, depth + 1)) for one in part]
            # An empty OR matches nobody, as any([]) is false; an empty AND everybody.
            if name == "OR":
                parts.append({"$or": branches} if branches else {"_id": {"$in": []}})
            else:
                parts += [branch for branch in branches if branch]
        else:
            parts += _field(name, part, language)
    return parts


def _field(name: str, asked: Mapping[str, Any], language: Language) -> list[Doc]:
    if name in language.more:
        try:
            return [language.more[name](asked)]
        except Invalid as error:
            raise error.under("where", name) from None
    spec = language.fields[name]
    language.allow(spec)
    parts: list[Doc] = []
    for operator, value in asked.items():
        if value is None:
            continue
        if operator not in OPERATORS[spec.type]:
            raise Invalid("This field cannot be asked so.", path=("where", name, operator))
        try:
            parts.append(_leaf(name, spec, operator, value, language))
        except Invalid as error:
            raise error.under("where", name, operator) from None
    return parts


def _leaf(name: str, spec: Spec, operator: str, value: Any, language: Language) -> Doc:
    path = language.stored.get(name, name)
    if operator == "is_set":
        # Asked of the declared field: what is derived from it may be an empty list.
        return {name: {"$exists": bool(value)}}
    if operator == "any":
        return {path: {"$elemMatch": _item(spec, value, language)}}
    if spec.type is FieldType.TAGS:
        return _tags(path, operator, [language.fold(one.strip()) for one in _bounded(value)])
    if operator in {"within_days", "older_than_days"}:
        if not 0 <= value <= MAX_DAYS:
            raise Invalid(f"Between 0 and {MAX_DAYS} days.")
        edge = language.now - timedelta(days=value)
        return {path: {"$gte" if operator == "within_days" else "$lt": edge}}
    if spec.type is FieldType.TEXT and name in language.folded:
        return _folded_text(name, operator, value, language)
    return {path: _compared(name, spec, operator, value, language)}


def _tags(path: str, operator: str, keys: list[str]) -> Doc:
    if operator == "has_all" and not keys:
        # MongoDB's own `$all: []` finds nobody; whoever lacks none of no tags is everybody.
        return {}
    return {path: {{"has_any": "$in", "has_all": "$all", "has_none": "$nin"}[operator]: keys}}


def _folded_text(name: str, operator: str, value: Any, language: Language) -> Doc:
    if operator == "has_word":
        return {f"words.{name}": {"$elemMatch": _prefix(language.fold(value.strip()))}}
    if operator == "starts_with":
        return {f"folded.{name}": _prefix(language.fold(value.strip()))}
    folded = (
        [language.fold(one.strip()) for one in _bounded(value)]
        if operator in {"in", "nin"}
        else language.fold(value.strip())
    )
    return {f"folded.{name}": {_COMPARE[operator]: folded}}


def _compared(name: str, spec: Spec, operator: str, value: Any, language: Language) -> Doc:
    if operator == "has_word":
        raise Invalid("No words are kept of this field; use startsWith.")
    if operator == "starts_with":
        return _prefix(language.prefix(name, value))
    if operator in {"in", "nin"}:
        return {_COMPARE[operator]: [language.value(name, spec, one) for one in _bounded(value)]}
    return {_COMPARE[operator]: language.value(name, spec, value)}


def _item(spec: Spec, asked: Mapping[str, Any], language: Language) -> Doc:
    # One document and no `$and`: the embedded server knows none inside `$elemMatch`. A part's operators never clash.
    found: Doc = {}
    for name, part in asked.items():
        inner = spec.item[name]
        path = f"{spec.name}.{name}"
        for operator, value in (part or {}).items():
            if value is None:
                continue
            if operator not in OPERATORS[inner.type]:
                raise Invalid("This part cannot be asked so.", path=("any", name, operator))
            conditions = found.setdefault(language.stored.get(path, name), {})
            try:
                conditions |= (
                    {"$exists": bool(value)}
                    if operator == "is_set"
                    else _compared(path, inner, operator, value, language)
                )
            except Invalid as error:
                raise error.under("any", name, operator) from None
    if not found:
        raise Invalid("Say what the item must meet.", path=("any",))
    return found


def _prefix(text: str) -> Doc:
    if not text:
        raise Invalid("Give at least one letter.")
    # The last of all letters: some names hold some that lie beyond U+FFFF.
    return {"$gte": text, "$lt": f"{text}\U0010ffff"}


def _bounded(values: Sequence[Any]) -> Sequence[Any]:
    if len(values) > MAX_VALUES:
        raise Invalid(f"At most {MAX_VALUES} values.")
    return [one.value if isinstance(one, Enum) else one for one in values]
