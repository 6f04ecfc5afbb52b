"""What a GraphQL document may ask for: one walk, each fragment once, whatever the depth of their nesting.

Depth, aliases, directives, fields and cost of a fragment are computed once and remembered, so that a document of 32 kB
that spreads to 2^45 fields is refused in milliseconds. Cost is the product of the page sizes along a path: what the
answer could hold, not what it does hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_TOKENS = 2_000
MAX_DOCUMENT_BYTES = 32_768
MAX_DEFINITIONS = 50
MAX_COST = 50_000
MAX_ERRORS = 5
PAGE_ARGUMENTS = ("first", "last")
DEFAULT_PAGE = 50
LARGEST_PAGE = 100
INTROSPECTION = ("__schema", "__type")
EXTRA_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a selection comes to when every spread is written out."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    introspects: bool = False

    def __add__(self, other: Weight) -> Weight:
        """Put two selections beside each other."""
        return Weight(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
            self.introspects or other.introspects,
        )


class _Scale:
    """Weighs the selections of one document; each fragment once."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, int]) -> None:
        self._variables = variables
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Weight] = {}

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
        return Weight(
            inner.depth + 1,
            inner.aliases + (1 if node.alias else 0),
            inner.directives,
            1 + self._size(node) * inner.cost,
            inner.introspects or name in INTROSPECTION,
        )

    def _fragment(self, name: str) -> Weight:
        known = self._known.get(name)
        if known is None:
            # A cycle is refused by the rules of GraphQL itself; here it must only end.
            self._known[name] = Weight()
            fragment = self._fragments.get(name)
            known = self._known[name] = self._selections(fragment.selection_set) if fragment else Weight()
        return known

    def _size(self, node: FieldNode) -> int:
        sizes = [self._number(one.value) for one in node.arguments or () if one.name.value in PAGE_ARGUMENTS]
        return min(max(sizes), LARGEST_PAGE) if sizes else 1

    def _number(self, value: Any) -> int:
        if isinstance(value, IntValueNode):
            return abs(int(value.value)) if len(value.value) < 10 else LARGEST_PAGE  # noqa: PLR2004
        if isinstance(value, VariableNode):
            return abs(self._variables.get(value.name.value, DEFAULT_PAGE))
        return DEFAULT_PAGE


def weigh(document: DocumentNode, variables: Mapping[str, Any] | None) -> Weight:
    """Return the weight of the heaviest operation of a document."""
    numbers = {name: value for name, value in (variables or {}).items() if type(value) is int}
    return _weigh(document, tuple(sorted(numbers.items())))


@lru_cache(maxsize=512)
def _weigh(document: DocumentNode, numbers: tuple[tuple[str, int], ...]) -> Weight:
    scale = _Scale(document, dict(numbers))
    operations = [scale.operation(one) for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return Weight(
        depth=max((one.depth for one in operations), default=0),
        aliases=max((one.aliases for one in operations), default=0),
        directives=max((one.directives for one in operations), default=0),
        cost=max((one.cost for one in operations), default=0),
        introspects=any(one.introspects for one in operations),
    )


def refusals(document: DocumentNode, variables: Mapping[str, Any] | None, *, stranger: bool) -> list[GraphQLError]:
    """Return why a document is refused before it is run; empty when it may run.

    Codes: LIMIT_EXCEEDED (definitions, depth, aliases, directives), COST_EXCEEDED, INTROSPECTION_CLOSED for strangers.
    """
    if len(document.definitions) > MAX_DEFINITIONS:
        return [_refusal("LIMIT_EXCEEDED", "definitions", len(document.definitions), MAX_DEFINITIONS)]
    weight = weigh(document, variables)
    if weight.introspects and stranger:
        message = "The schema is shown to the signed-in only."
        return [GraphQLError(message, extensions={"code": "INTROSPECTION_CLOSED"})]
    for name, value, limit in (
        ("depth", weight.depth, MAX_DEPTH if not weight.introspects else MAX_DEPTH * 2),
        ("aliases", weight.aliases, MAX_ALIASES),
        ("directives", weight.directives, MAX_DIRECTIVES),
    ):
        if value > limit:
            return [_refusal("LIMIT_EXCEEDED", name, value, limit)]
    if weight.cost > MAX_COST:
        return [_refusal("COST_EXCEEDED", "cost", weight.cost, MAX_COST)]
    return []


@lru_cache(maxsize=512)
def violations(schema: GraphQLSchema, document: DocumentNode) -> tuple[GraphQLError, ...]:
    """Return what GraphQL's own rules say, at most 5 errors, without suggestions; remembered per document."""
    return tuple(validate(schema, document, (*specified_rules, *EXTRA_RULES), max_errors=MAX_ERRORS, hide_suggestions=True))


def _refusal(code: str, name: str, value: int, limit: int) -> GraphQLError:
    shown = value if value < 10**12 else 10**12
    message = f"This document has {name} {shown}, more than the {limit} allowed."
    return GraphQLError(message, extensions={"code": code, "limit": limit, "value": shown})
