"""The condition tree, as it is sent and stored.

    {"AND": [tree, ...], "OR": [tree, ...], "NOT": tree, "<field>": {"<operator>": value, ...}, ...}

Names are the declared snake_case. What stands beside each other is joined by AND. A list of items takes
`{"any": {"<part>": {...}}, "is_set": bool}`: one item that meets all of it.
"""

from __future__ import annotations

from api.core.fields import FieldType

MAX_DEPTH = 6
MAX_LEAVES = 50
MAX_VALUES = 100

OPERATORS: dict[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("eq", "neq", "in", "nin", "starts_with", "has_word", "is_set"),
    FieldType.ENUM: ("eq", "neq", "in", "nin", "is_set"),
    FieldType.DATE: ("eq", "lt", "lte", "gt", "gte", "is_set"),
    FieldType.DATETIME: ("lt", "lte", "gt", "gte", "within_days", "older_than_days", "is_set"),
    FieldType.NUMBER: ("eq", "neq", "in", "lt", "lte", "gt", "gte"),
    FieldType.BOOLEAN: ("eq",),
    FieldType.TAGS: ("has_any", "has_all", "has_none", "is_set"),
    FieldType.EMAILS: ("any", "is_set"),
    FieldType.PHONES: ("any", "is_set"),
    FieldType.ADDRESSES: ("any", "is_set"),
    FieldType.BANK_ACCOUNTS: ("is_set",),
    FieldType.SOCIAL_ACCOUNTS: ("any", "is_set"),
    FieldType.PUSH_TOKENS: ("is_set",),
}
"""What each type can be asked; `customerFields` shows it, the filter inputs are made of it."""
