"""What a GraphQL document may ask for: one walk, each fragment once, whatever the depth of their nesting.

Depth, aliases, directives, fields and cost of a fragment are computed once and remembered, so that a document of 32 kB
that spreads to 2^45 fields is refused in milliseconds. Cost is the product of the page sizes along a path: what the
answer could hold, not what it does hold. Every five items of the lists that are sent cost a point more: a batch of 500
consents, its receipts asked for, comes to 116 points, so that the 50,000 points of an API key, with 5,000 more each
second, are 215,000 items at once and then 21,500 a second; or 40 full list pages at once and then 4 a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_TOKENS = 2_000
MAX_DOCUMENT_BYTES = 32_768
MAX_DEFINITIONS = 50
MAX_COST = 50_000
PAGE_ARGUMENTS = ("first", "last")
DEFAULT_PAGE = 50
LARGEST_PAGE = 100
PAGED = ("edges", "nodes")
ITEMS_PER_POINT = 5
"""How many items of the lists in its arguments cost as much as one field."""
REFUSED_COST = 10
"""What a document is charged that is refused: it was read and checked, and what it would cost may not be known."""
_NESTS = frozenset({dict, list})
INTROSPECTION = ("__schema", "__type")
INTROSPECTION_COST = 5_000
INTROSPECTION_DEPTH = 16
"""How much deeper than data the schema may be asked; the query that tools send goes 14 levels into it."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a selection comes to when every spread is written out."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    introspects: bool = False
    paged: bool = False
    """Whether it asks for the rows of a connection."""
    variables: frozenset[str] = frozenset()
    """Which variables are page sizes, so that its cost depends on them."""
    items: int = 0
    """How many items the lists have that are written into its arguments."""
    inputs: Mapping[str, int] = field(default_factory=dict)
    """How often each variable is given to an argument that is no page size."""

    def __add__(self, other: Weight) -> Weight:
        """Put two selections beside each other."""
        return Weight(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
            self.introspects or other.introspects,
            self.paged or other.paged,
            self.variables | other.variables if other.variables else self.variables,
            self.items + other.items,
            _added(self.inputs, other.inputs) if self.inputs and other.inputs else self.inputs or other.inputs,
        )

    def times(self, size: int) -> Weight:
        """Return what a list of so many of these weighs."""
        inputs = {name: often * size for name, often in self.inputs.items()} if self.inputs else self.inputs
        return replace(self, cost=self.cost * size, items=self.items * size, inputs=inputs)

    def total(self, variables: Mapping[str, Any] | None) -> int:
        """Return its cost with the items of all lists, those in the variables too."""
        sent = sum(items_of(variables.get(name)) * often for name, often in self.inputs.items()) if variables else 0
        return self.cost + -(-(self.items + sent) // ITEMS_PER_POINT)


class _Scale:
    """Weighs the selections of one document; each fragment once."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Weight] = {}
        self._defaults = {
            one.variable.name.value: _items_written(one.default_value)
            for operation in document.definitions
            if isinstance(operation, OperationDefinitionNode)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }

    def operation(self, node: OperationDefinitionNode) -> Weight:
        return self._selections(node.selection_set) + Weight(directives=len(node.directives or ()))

    def _selections(self, node: SelectionSetNode | None) -> Weight:
        total = Weight()
        for one in node.selections if node else ():
            directives = Weight(directives=len(one.directives or ()))
            if isinstance(one, FieldNode):
                total += directives + self._field(one)
            elif isinstance(one, InlineFragmentNode):
                total += directives + self._selections(one.selection_set)
            elif isinstance(one, FragmentSpreadNode):
                total += directives + self._fragment(one.name.value)
        return total

    def _field(self, node: FieldNode) -> Weight:
        inner = self._selections(node.selection_set)
        name = node.name.value
        aliases = inner.aliases + (1 if node.alias else 0)
        paged = name in PAGED
        if name in INTROSPECTION:
            depth = max(1, inner.depth + 1 - INTROSPECTION_DEPTH)
            cost = INTROSPECTION_COST + inner.cost
            return Weight(depth, aliases, inner.directives, cost, introspects=True, paged=paged)
        size, variables = self._size(node, paged=inner.paged)
        if size != 1:
            inner = inner.times(size)
        items, inputs = self._given(node, inner) if node.arguments else (inner.items, inner.inputs)
        return Weight(
            inner.depth + 1, aliases, inner.directives, 1 + inner.cost, inner.introspects, paged,
            inner.variables | variables, items, inputs,
        )  # fmt: skip

    def _given(self, node: FieldNode, inner: Weight) -> tuple[int, Mapping[str, int]]:
        """Count the arguments of a field: items that are written out, and variables, besides what is inside it."""
        items, inputs = inner.items, dict(inner.inputs)
        for one in node.arguments or ():
            if one.name.value in PAGE_ARGUMENTS:
                continue
            items += _items_written(one.value)
            for name in _variables_in(one.value):
                inputs[name] = inputs.get(name, 0) + 1
                # The default stands in for an absent variable; counted always, as the worse case.
                items += self._defaults.get(name, 0)
        return items, inputs

    def _fragment(self, name: str) -> Weight:
        known = self._known.get(name)
        if known is None:
            # A cycle is refused by the rules of GraphQL itself; here it must only end.
            self._known[name] = Weight()
            fragment = self._fragments.get(name)
            known = self._known[name] = self._selections(fragment.selection_set) if fragment else Weight()
        return known

    def _size(self, node: FieldNode, *, paged: bool) -> tuple[int, frozenset[str]]:
        asked = [one.value for one in node.arguments or () if one.name.value in PAGE_ARGUMENTS]
        if not asked:
            return (DEFAULT_PAGE if paged else 1), frozenset()
        names = frozenset(one.name.value for one in asked if isinstance(one, VariableNode))
        return min(max(self._number(one) for one in asked), LARGEST_PAGE), names

    def _number(self, value: Any) -> int:
        if isinstance(value, IntValueNode):
            return abs(int(value.value)) if len(value.value) < 10 else LARGEST_PAGE  # noqa: PLR2004
        if isinstance(value, VariableNode):
            # The document's own default may stand in for an absent variable, so it counts as the largest page.
            given = self._variables.get(value.name.value, LARGEST_PAGE)
            return abs(given) if type(given) is int else DEFAULT_PAGE
        return DEFAULT_PAGE


def weigh(document: DocumentNode, variables: Mapping[str, Any] | None) -> Weight:
    """Return the weight of the heaviest operation of a document."""
    scale = _Scale(document, variables or {})
    operations = [scale.operation(one) for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return Weight(
        depth=max((one.depth for one in operations), default=0),
        aliases=max((one.aliases for one in operations), default=0),
        directives=max((one.directives for one in operations), default=0),
        cost=max((one.cost for one in operations), default=0),
        introspects=any(one.introspects for one in operations),
        variables=frozenset[str]().union(*(one.variables for one in operations)),
        items=max((one.items for one in operations), default=0),
        inputs={
            name: max(one.inputs.get(name, 0) for one in operations)
            for name in {key for one in operations for key in one.inputs}
        },
    )


def items_of(value: object) -> int:
    """Return how many items the lists in a variable have, those inside others too."""
    found, rest = 0, [value]
    while rest:
        one = rest.pop()
        if isinstance(one, list):
            found += len(one)
            rest += [inner for inner in one if type(inner) in _NESTS]
        elif isinstance(one, dict):
            rest += [inner for inner in one.values() if type(inner) in _NESTS]
    return found


def _written(value: ValueNode) -> Iterator[ValueNode]:
    """Yield a value that is written out and all inside it, however deep."""
    rest = [value]
    while rest:
        one = rest.pop()
        yield one
        if isinstance(one, ListValueNode):
            rest += one.values
        elif isinstance(one, ObjectValueNode):
            rest += [inner.value for inner in one.fields]


def _items_written(value: ValueNode) -> int:
    return sum(len(one.values) for one in _written(value) if isinstance(one, ListValueNode))


def _variables_in(value: ValueNode) -> list[str]:
    return [one.name.value for one in _written(value) if isinstance(one, VariableNode)]


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def refusal(document: DocumentNode, weight: Weight, *, stranger: bool, total: int | None = None) -> GraphQLError | None:
    """Return why a document is refused before it is run, or None when it may run.

    Codes: LIMIT_EXCEEDED (definitions, depth, aliases, directives), COST_EXCEEDED, INTROSPECTION_CLOSED for strangers.
    """
    if len(document.definitions) > MAX_DEFINITIONS:
        return _refusal("LIMIT_EXCEEDED", "definitions", len(document.definitions), MAX_DEFINITIONS)
    if weight.introspects and stranger:
        message = "The schema is shown to the signed-in only."
        return GraphQLError(message, extensions={"code": "INTROSPECTION_CLOSED"})
    for name, value, limit in (
        ("depth", weight.depth, MAX_DEPTH),
        ("aliases", weight.aliases, MAX_ALIASES),
        ("directives", weight.directives, MAX_DIRECTIVES),
    ):
        if value > limit:
            return _refusal("LIMIT_EXCEEDED", name, value, limit)
    return too_dear(weight.cost if total is None else total, MAX_COST)


def too_dear(cost: int, most: int) -> GraphQLError | None:
    """Return why a document of this cost is refused (COST_EXCEEDED), or None."""
    return _refusal("COST_EXCEEDED", "cost", cost, most) if cost > most else None


def _refusal(code: str, name: str, value: int, limit: int) -> GraphQLError:
    shown = min(10**12, value)
    message = f"This document has {name} {shown}, more than the {limit} allowed."
    return GraphQLError(message, extensions={"code": code, "limit": limit, "value": shown})
