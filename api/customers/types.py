"""The GraphQL types of a customer, made from the declared fields; nothing here names a field but `id`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from api.conditions.model import OPERATORS
from api.core.fields import FieldType, Spec
from api.core.graphql import DateText, Repeatable
from api.customers.model import EDITABLE, FIELDS, LISTS, Gender, Kind
from api.customers.parsing import REQUIRED
from api.customers.reading import HELD, operators

strawberry.enum(Gender)
strawberry.enum(Kind, name="CustomerKind")


def _made(kind: Any, name: str, fields: dict[str, tuple[Any, Any]], about: str, base: tuple[type, ...] = ()) -> Any:
    """Make a Strawberry type from (annotation, field) by name."""
    body: dict[str, Any] = {one: given for one, (_, given) in fields.items() if given is not None}
    body["__annotations__"] = {one: hint for one, (hint, _) in fields.items()}
    body["__module__"] = __name__
    return kind(type(name, base, body), description=about)


def _scalar(spec: Spec) -> Any:
    if spec.type is FieldType.DATE or spec.python is date:
        return DateText
    return {str: str, int: int, bool: bool, datetime: datetime}.get(spec.python, spec.python)


def _optional(hint: Any) -> Any:
    return hint | None


def _about(spec: Spec) -> Any:
    return strawberry.field(description=spec.field.about)


def _unset(spec: Spec) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=spec.field.about)


# --- what is answered ---


def _item_type(spec: Spec) -> Any:
    fields: dict[str, tuple[Any, Any]] = {"id": (strawberry.ID, None)}
    for part in spec.items:
        sure = part.name in SURE_PARTS
        fields[part.name] = (_scalar(part) if sure else _optional(_scalar(part)), _about(part))
    if spec.type is FieldType.BANK_ACCOUNTS:
        fields["masked"] = (bool, strawberry.field(description="Whether the IBAN is shown in part only."))
    return _made(strawberry.type, spec.python.__name__, fields, (spec.python.__doc__ or "").strip())


SURE_PARTS = {"address", "normalized", "number", "raw", "valid", "iban", "provider", "handle", "verified", "primary"}
ITEM_TYPES: dict[str, Any] = {name: _item_type(spec) for name, spec in LISTS.items()}
ALWAYS = {"kind", "created_at", "updated_at", "version"}


def customer_fields(skip: set[str]) -> dict[str, tuple[Any, Any]]:
    """Return (annotation, field) of each declared field of a customer, but for those that a resolver answers."""
    fields: dict[str, tuple[Any, Any]] = {}
    for name, spec in FIELDS.items():
        if name in skip:
            continue
        listed: Any = list[ITEM_TYPES.get(name, str)]  # type: ignore[misc]
        hint = listed if spec.is_list else _scalar(spec)
        fields[name] = (hint if name in ALWAYS else _optional(hint), _about(spec))
    return fields


# --- filters ---


def _filter(name: str, kind: FieldType, value: Any) -> Any:
    fields = {}
    for operator in OPERATORS[kind]:
        hint = value
        if operator in {"in", "nin", "has_any", "has_all", "has_none"}:
            hint = list[value]
        elif operator == "is_set":
            hint = bool
        elif operator in {"within_days", "older_than_days"}:
            hint = int
        python = f"{operator}_" if operator == "in" else operator
        fields[python] = (
            _optional(hint),
            strawberry.field(default=strawberry.UNSET, name="in" if operator == "in" else None),
        )
    return _made(strawberry.input, name, fields, _FILTER_ABOUT.get(kind, "Conditions on one field, joined by AND."))


_FILTER_ABOUT = {
    FieldType.TEXT: "Conditions on a text. Names, job title and organization are compared without case and accents.",
    FieldType.DATETIME: "withinDays: in the last n days. olderThanDays: more than n days ago.",
}
_FILTERS: dict[Any, Any] = {
    FieldType.TEXT: _filter("TextFilter", FieldType.TEXT, str),
    FieldType.DATE: _filter("DateFilter", FieldType.DATE, DateText),
    FieldType.DATETIME: _filter("DateTimeFilter", FieldType.DATETIME, datetime),
    FieldType.NUMBER: _filter("IntFilter", FieldType.NUMBER, int),
    FieldType.BOOLEAN: _filter("BooleanFilter", FieldType.BOOLEAN, bool),
    FieldType.TAGS: _filter("TagsFilter", FieldType.TAGS, str),
    Gender: _filter("GenderFilter", FieldType.ENUM, Gender),
    Kind: _filter("KindFilter", FieldType.ENUM, Kind),
}


def _plural(name: str) -> str:
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _list_filter(spec: Spec) -> Any:
    name = spec.python.__name__
    fields: dict[str, tuple[Any, Any]] = {}
    if "any" in operators(spec):
        parts = {
            part.name: (_optional(_FILTERS[part.type]), strawberry.field(default=strawberry.UNSET))
            for part in spec.items
            if part.field.filterable
        }
        fields["any"] = (
            _optional(_made(strawberry.input, f"{name}Where", parts, "One item that meets all of it.")),
            strawberry.field(default=strawberry.UNSET),
        )
    fields["is_set"] = (_optional(bool), strawberry.field(default=strawberry.UNSET))
    return _made(strawberry.input, f"{_plural(name)}Filter", fields, "Conditions on a list.")


ABOVE = {
    "consent": "ConsentWhere",
    "reachable": "ReachableWhere",
    "list": "ListWhere",
    "term": "TermWhere",
    "do_not_sell": "DoNotSellWhere",
}
"""Conditions that a room above means (`reading.register_condition`): the tree is one type, so it names them here."""


def _where() -> Any:
    fields: dict[str, tuple[Any, Any]] = {}
    for name, spec in FIELDS.items():
        if spec.field.filterable:
            made = (
                _list_filter(spec)
                if spec.items
                else _FILTERS[spec.python if spec.type is FieldType.ENUM else spec.type]
            )
            fields[name] = (_optional(made), _unset(spec))
    held = strawberry.field(default=strawberry.UNSET, description="Whether a legal hold keeps her.")
    fields[HELD] = (_optional(_FILTERS[FieldType.BOOLEAN]), held)
    for name, type_name in ABOVE.items():
        hint: Any = Annotated[type_name, strawberry.lazy("api.consent.inputs")]
        fields[name] = (hint | None, strawberry.field(default=strawberry.UNSET))
    joins = {
        "AND": (list["CustomerWhere"] | None, strawberry.field(default=strawberry.UNSET, name="AND")),
        "OR": (list["CustomerWhere"] | None, strawberry.field(default=strawberry.UNSET, name="OR")),
        "NOT": ("CustomerWhere | None", strawberry.field(default=strawberry.UNSET, name="NOT")),
    }
    about = "Conditions beside each other are joined by AND; at most 50, 6 levels deep."
    return _made(strawberry.input, "CustomerWhere", {**joins, **fields}, about)


CustomerWhere: Any = _where()


# --- inputs ---


def _item_inputs(spec: Spec) -> tuple[Any, Any, Any]:
    name = spec.python.__name__
    parts = [part for part in spec.items if part.field.editable]
    required = REQUIRED.get(spec.name)
    new: dict[str, tuple[Any, Any]] = {}
    changed: dict[str, tuple[Any, Any]] = {"id": (strawberry.ID, None)}
    for part in sorted(parts, key=lambda one: one.name != required):
        changed[part.name] = (_optional(_scalar(part)), _unset(part))
        needed = part.name in (required, "provider", "channel")
        new[part.name] = (_scalar(part), _about(part)) if needed else (_optional(_scalar(part)), _unset(part))
    added: Any = _made(
        strawberry.input,
        f"{name}Input",
        dict(sorted(new.items(), key=lambda one: one[1][1].default is strawberry.UNSET)),
        "A new item.",
    )
    edited: Any = _made(strawberry.input, f"{name}Edit", changed, "What changes in an item; the rest stays.")
    wish = {
        "add": (_optional(list[added]), strawberry.field(default=strawberry.UNSET)),
        "edit": (_optional(list[edited]), strawberry.field(default=strawberry.UNSET)),
        "remove": (_optional(list[strawberry.ID]), strawberry.field(default=strawberry.UNSET)),
    }
    return (
        added,
        edited,
        _made(strawberry.input, f"{_plural(name)}Input", wish, "What is added, edited and removed; the rest stays."),
    )


ITEM_INPUTS = {name: _item_inputs(spec) for name, spec in LISTS.items()}
TagsInput: Any = _made(
    strawberry.input,
    "TagsInput",
    {
        "add": (_optional(list[str]), strawberry.field(default=strawberry.UNSET)),
        "remove": (_optional(list[str]), strawberry.field(default=strawberry.UNSET)),
    },
    "Tags to add and to remove; the rest stays.",
)


def _editable(*, whole: bool) -> dict[str, tuple[Any, Any]]:
    fields: dict[str, tuple[Any, Any]] = {}
    for name, spec in EDITABLE.items():
        if spec.type is FieldType.TAGS:
            hint: Any = list[str] if whole else TagsInput
        elif spec.items:
            hint = list[ITEM_INPUTS[name][0]] if whole else ITEM_INPUTS[name][2]  # type: ignore[misc]
        else:
            hint = _scalar(spec)
        fields[name] = (_optional(hint), _unset(spec))
    return fields


_REASON = {"reason": (_optional(str), strawberry.field(default=None, description="Why; kept in the history."))}
CustomerCreateInput: Any = _made(
    strawberry.input,
    "CustomerCreateInput",
    {**_editable(whole=True), **_REASON},
    "A new customer; lists are given whole.",
    (Repeatable,),
)
CustomerUpsertSet: Any = _made(
    strawberry.input, "CustomerUpsertSet", _editable(whole=False), "As in CustomerUpdateInput."
)
CustomerUpdateInput: Any = _made(
    strawberry.input,
    "CustomerUpdateInput",
    {
        **_editable(whole=False),
        "expected_version": (
            _optional(int),
            strawberry.field(default=None, description="The version that this edit was made on."),
        ),
        **_REASON,
    },
    "Absent leaves alone, null clears; lists are changed by add, edit and remove.",
    (Repeatable,),
)
