"""The printed schema, and a permission on every way in."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema

from api.access.model import ALL, PRESETS, Permission
from api.core.context import ANYONE, SIGNED_IN
from api.schema import Mutation, Query, Subscription, print_schema

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
OPEN = {
    "Query": {"viewer", "serverLimits"},
    # Who confirms a consent has no account: the token from her mailbox is what allows it.
    "Mutation": {"signIn", "signOut", "passwordSet", "passwordLinkSend", "consentConfirm"},
    "Subscription": set[str](),
}
"""What a stranger may call; whoever adds to this says why in the review."""


def needs() -> dict[tuple[str, str], list[str]]:
    """Return what each root field of the printed schema asks for."""
    printed = build_schema(print_schema())
    found: dict[tuple[str, str], list[str]] = {}
    for name in OPEN:
        root = printed.type_map[name]
        assert isinstance(root, GraphQLObjectType)
        for field, node in root.fields.items():
            directives = [
                one for one in (node.ast_node.directives if node.ast_node else ()) if one.name.value == "needs"
            ]
            found[name, field] = [argument.value.value for one in directives for argument in one.arguments]  # type: ignore[attr-defined]
    return found


def test_the_file_is_what_the_program_prints() -> None:
    assert (ROOT / "schema.graphql").read_text() == print_schema(), "Run: make schema"


def test_every_way_in_names_its_permission() -> None:
    found = needs()
    assert len(found) > 30
    unnamed = [f"{name}.{field}" for (name, field), asked in found.items() if len(asked) != 1]
    assert not unnamed
    unknown = {asked[0] for asked in found.values()} - ALL - {ANYONE, SIGNED_IN}
    assert not unknown


def test_only_the_listed_are_open_to_strangers() -> None:
    for name, fields in OPEN.items():
        assert {field for (root, field), asked in needs().items() if root == name and asked == [ANYONE]} == fields


def test_what_is_printed_is_what_is_checked() -> None:
    # A field is made by query(), mutation() or subscription(): its resolver wraps the one that the room wrote.
    for root in (Query, Mutation, Subscription):
        for field in root.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            asked = [one.permission for one in field.directives if hasattr(one, "permission")]
            resolver = field.base_resolver.wrapped_func
            checks = set(inspect.getclosurevars(resolver).nonlocals.values()) if asked != [ANYONE] else set(asked)
            assert asked[0] in {one for one in checks if isinstance(one, str)}, f"{root.__name__}.{field.name}"


def test_each_permission_opens_something_or_is_read_by_a_rule() -> None:
    used = {asked[0] for asked in needs().values()}
    source = "\n".join(path.read_text() for path in (ROOT / "api").rglob("*.py"))
    dead = [one for one in Permission if one.value not in used and source.count(f"Permission.{one.name}") < 2]
    # Those that guard a field of a type are checked where the field is.
    assert [one.value for one in dead if f'"{one.value}"' not in source] == []


def permissions_table() -> str:
    """Return the table of docs/permissions.md."""
    roles = list(PRESETS.values())
    lines = [f"| permission | allows | {' | '.join(one.name for one in roles)} |", "|---|---|" + ":-:|" * len(roles)]
    for one in Permission:
        marks = ["x" if one.value in role.permissions else "" for role in roles]
        lines.append(f"| `{one.value}` | {one.about} | {' | '.join(marks)} |")
    return "\n".join(re.sub(r" +\|", " |", line) for line in lines)


def test_the_documented_permissions_are_the_declared_ones() -> None:
    text = (ROOT / "docs" / "permissions.md").read_text()
    assert permissions_table() in text, f"docs/permissions.md should hold:\n\n{permissions_table()}"
