"""Reads GraphQL documents once: parsed, weighed and checked, remembered by their text.

Strangers have a small memory of their own, so that what they send cannot push out what the app sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.core import cost

MAX_ERRORS = 5
MAX_LOGGED_NAME = 64
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
REMEMBERED = 256
REMEMBERED_FOR_STRANGERS = 16
REMEMBERED_SIZES = 16


class Document:
    """One parsed document with what is known about it."""

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        """Parse; raises GraphQLError for what is no GraphQL."""
        self._schema = schema
        self._text = text
        self.node: DocumentNode = parse(text, max_tokens=cost.MAX_TOKENS)
        self.operations: dict[str | None, OperationType] = {
            one.name.value if one.name else None: one.operation
            for one in self.node.definitions
            if isinstance(one, OperationDefinitionNode)
        }
        self.weight = cost.weigh(self.node, {})
        self._weights: dict[tuple[Any, ...], cost.Weight] = {}

    @cached_property
    def digest(self) -> str:
        """What logs say instead of the text."""
        return hashlib.sha256(self._text.encode()).hexdigest()[:12]

    @cached_property
    def violations(self) -> tuple[GraphQLError, ...]:
        """What GraphQL's own rules say: at most 5 errors, without suggestions."""
        found = validate(self._schema, self.node, RULES, max_errors=MAX_ERRORS, hide_suggestions=True)
        return tuple(found[:MAX_ERRORS])

    def kind(self, name: str | None) -> OperationType | None:
        """Return what sort of operation would run, or None when the name does not tell one."""
        if name is None:
            return next(iter(self.operations.values())) if len(self.operations) == 1 else None
        return self.operations.get(name)

    def called(self, name: str | None) -> str:
        """Return the name of what runs as the document spells it, for logs; "" for none of it."""
        if name is None:
            name = next(iter(self.operations), None)
        return name[:MAX_LOGGED_NAME] if name and name in self.operations else ""

    def refusals(self, variables: Mapping[str, Any] | None, *, stranger: bool) -> tuple[GraphQLError, ...]:
        """Return why it may not run: its limits first, which are cheap, then the rules of GraphQL."""
        return self.looked_at(variables, stranger=stranger)[0]

    def looked_at(self, variables: Mapping[str, Any] | None, *, stranger: bool) -> tuple[tuple[GraphQLError, ...], int]:
        """Return why it may not run, and what it costs."""
        weight = self._weighed(variables)
        total = weight.total(variables)
        refused = cost.refusal(self.node, weight, stranger=stranger, total=total)
        return (refused,) if refused else self.violations, total

    def cost_with(self, variables: Mapping[str, Any] | None) -> int:
        """Return what it costs with these variables."""
        return self._weighed(variables).total(variables)

    def _weighed(self, variables: Mapping[str, Any] | None) -> cost.Weight:
        """Return its weight; the same page sizes are asked for again and again, so that the last weights are kept."""
        if not self.weight.variables:
            return self.weight
        given = variables or {}
        sizes = tuple(given.get(name, ...) for name in self.weight.variables)
        if not all(one is None or one is ... or type(one) is int for one in sizes):
            return cost.weigh(self.node, given)
        known = self._weights.get(sizes)
        if known is None:
            if len(self._weights) >= REMEMBERED_SIZES:
                self._weights.clear()
            known = self._weights[sizes] = cost.weigh(self.node, given)
        return known


class Documents:
    """All documents of one schema that were asked lately."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """Remember for a schema."""
        self._known = lru_cache(REMEMBERED)(lambda text: Document(schema, text))
        self._strangers = lru_cache(REMEMBERED_FOR_STRANGERS)(lambda text: Document(schema, text))

    def read(self, text: str, *, stranger: bool) -> Document:
        """Return the parsed document; raises GraphQLError when it is too long or no GraphQL."""
        if len(text) > cost.MAX_DOCUMENT_BYTES or len(text.encode(errors="replace")) > cost.MAX_DOCUMENT_BYTES:
            message = f"This document is longer than {cost.MAX_DOCUMENT_BYTES} bytes."
            raise GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED", "limit": cost.MAX_DOCUMENT_BYTES})
        return self._strangers(text) if stranger else self._known(text)
