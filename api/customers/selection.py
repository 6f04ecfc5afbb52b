"""Which stored fields a query asks for, so that a list reads no more of a customer than it shows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from api.core.fields import snake
from api.core.graphql import Info
from api.customers.model import FIELDS

_ALSO = {
    "displayName": ("display_name",),
    "updatedBy": ("updated_by",),
    "bankAccounts": ("bank_accounts",),
    "hold": ("hold",),
}
_ALWAYS = ("_id", "version")


def wanted_fields(info: Info) -> dict[str, int] | None:
    """Return the projection that a query on customers needs, from its selection."""
    raw = info._raw_info  # noqa: SLF001 - Strawberry's own `selected_fields` builds objects for every leaf.
    fragments = tuple(sorted(raw.fragments.items()))
    names = _names(tuple(raw.field_nodes), fragments)
    return dict.fromkeys((*_ALWAYS, *names), 1)


@lru_cache(maxsize=512)
def _names(nodes: tuple[FieldNode, ...], fragments: tuple[tuple[str, Any], ...]) -> tuple[str, ...]:
    known = dict(fragments)
    seen: set[str] = set()
    found: set[str] = set()

    def walk(selections: SelectionSetNode | None) -> None:
        for one in selections.selections if selections else ():
            if isinstance(one, FieldNode):
                name = one.name.value
                if name in {"edges", "node", "nodes"}:
                    walk(one.selection_set)
                elif snake(name) in FIELDS:
                    found.add(snake(name))
                else:
                    found.update(_ALSO.get(name, ()))
            elif isinstance(one, InlineFragmentNode):
                walk(one.selection_set)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
                seen.add(one.name.value)
                walk(known[one.name.value].selection_set)

    for node in nodes:
        walk(node.selection_set)
    return tuple(sorted(found))
