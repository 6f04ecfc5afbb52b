"""Declared fields: what a thing is stands once, and everything else is a loop over it.

A model is a class whose annotations are `Annotated[type, Field(...)]`. `declare(Model)` reads them into `Spec`s. `read`,
`anonymize` and `merge` have no default: a field that forgets one stops the program when it is imported.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import cached_property
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints


class Read(StrEnum):
    """Who may see a value."""

    PLAIN = "PLAIN"
    PERSONAL = "PERSONAL"
    BANK = "BANK"

    @property
    def permission(self) -> str:
        """The permission that reading asks for."""
        return {"PLAIN": "customer.read", "PERSONAL": "customer.pii.read", "BANK": "customer.bank.read"}[self.value]


class Anonymize(StrEnum):
    """What anonymization does with a value."""

    KEEP = "KEEP"
    REMOVE = "REMOVE"
    GENERALIZE = "GENERALIZE"


class Merge(StrEnum):
    """What merging two customers does with a value."""

    FILL_EMPTY = "FILL_EMPTY"
    UNION = "UNION"
    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    DERIVED = "DERIVED"


class FieldType(StrEnum):
    """What a field holds; forms, filters and tables are drawn by it."""

    TEXT = "TEXT"
    ENUM = "ENUM"
    DATE = "DATE"
    DATETIME = "DATETIME"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    TAGS = "TAGS"
    EMAILS = "EMAILS"
    PHONES = "PHONES"
    ADDRESSES = "ADDRESSES"
    BANK_ACCOUNTS = "BANK_ACCOUNTS"
    SOCIAL_ACCOUNTS = "SOCIAL_ACCOUNTS"
    PUSH_TOKENS = "PUSH_TOKENS"


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one field behaves everywhere."""

    about: str
    read: Read
    anonymize: Anonymize
    merge: Merge
    label: str = ""
    check: Callable[[Any], Any] | None = None
    """Takes a value that was sent, returns the one to store, raises Invalid."""
    max_length: int = 200
    search: bool = False
    """Its words are found by the list's search."""
    editable: bool = True
    """A caller may set it; False for what is derived."""
    stored: bool = True
    filterable: bool = True
    sort: str = ""
    """Its name among the sort fields."""
    csv: tuple[str, ...] = ()
    """Headers that an import maps to it, the template's first; folded words."""
    generalize: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        """Refuse a declaration that contradicts itself."""
        if (self.anonymize is Anonymize.GENERALIZE) != (self.generalize is not None):
            message = f"GENERALIZE and `generalize` belong together: {self.about!r}"
            raise TypeError(message)


@dataclass(frozen=True)
class Spec:
    """A declared field with its name and type."""

    name: str
    field: Field
    type: FieldType
    python: Any
    """The bare type: str, an Enum class, date, datetime, int, bool, or the class of a list's items."""
    items: tuple[Spec, ...] = ()

    @cached_property
    def label(self) -> str:
        """The words that people read."""
        return self.field.label or self.name.replace("_", " ").capitalize()

    @cached_property
    def camel(self) -> str:
        """The name in GraphQL."""
        return camel(self.name)

    @property
    def is_list(self) -> bool:
        """Whether its value is a list of items or of tags."""
        return bool(self.items) or self.type is FieldType.TAGS

    @cached_property
    def item(self) -> Mapping[str, Spec]:
        """The fields of a list's items by name."""
        return {one.name: one for one in self.items}


_SCALARS: dict[Any, FieldType] = {
    str: FieldType.TEXT,
    date: FieldType.DATE,
    datetime: FieldType.DATETIME,
    int: FieldType.NUMBER,
    bool: FieldType.BOOLEAN,
}


def declare(model: type, lists: Mapping[type, FieldType]) -> dict[str, Spec]:
    """Return the declared fields of a model by name; `lists` names the type of lists of each item class.

    Raises TypeError for an annotation that is not declared.
    """
    specs: dict[str, Spec] = {}
    for name, hint in get_type_hints(model, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            message = f"{model.__name__}.{name} is not declared: write Annotated[..., Field(...)]"
            raise TypeError(message)
        inner, field = get_args(hint)[:2]
        specs[name] = _spec(name, _bare(inner), field, lists)
    return specs


def camel(name: str) -> str:
    """Return the camelCase form of a snake_case name."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    """Return the snake_case form of a camelCase name."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _bare(hint: Any) -> Any:
    if get_origin(hint) in {Union, types.UnionType}:
        return next(one for one in get_args(hint) if one is not type(None))
    return hint


def _spec(name: str, python: Any, field: Field, lists: Mapping[type, FieldType]) -> Spec:
    if get_origin(python) is list:
        inner = get_args(python)[0]
        if inner is str:
            return Spec(name, field, FieldType.TAGS, str)
        return Spec(name, field, lists[inner], inner, tuple(declare(inner, lists).values()))
    if isinstance(python, type) and issubclass(python, Enum):
        return Spec(name, field, FieldType.ENUM, python)
    return Spec(name, field, _SCALARS[python], python)
