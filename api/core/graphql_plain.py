"""A short way through GraphQL's executor for stored documents.

Where a field that is asked of an object is a plain key of a dict, no resolver has to run: those of a selection are
compiled once to a list of (name, key, writer) and applied to each row. The answer is the same; anything out of the
ordinary (a null where none may be, a value of a wrong type, a field with a resolver) takes graphql-core's own way,
errors included.
A list page of 50 customers spends a quarter of the time so (`benchmarks/README.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, is_leaf_type
from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

Writer: TypeAlias = Callable[[Any], Any]
_AS_IS = {"String": str, "ID": str, "Boolean": bool}


class _LongWay(Exception):
    """This object is not plain after all."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one selection of one type is answered: plain keys by their writers, the rest the long way."""

    steps: tuple[tuple[str, str, Writer], ...]
    rest: tuple[str, ...]
    names: tuple[str, ...]

    def write(self, source: Any) -> dict[str, Any]:
        """Answer the plain keys of a document."""
        if not isinstance(source, dict):
            raise _LongWay
        return {name: writer(source.get(key)) for name, key, writer in self.steps}

    def ordered(self, plain: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
        """Put both halves together in the order that was asked for."""
        return {
            name: plain[name] if name in plain else rest[name] for name in self.names if name in plain or name in rest
        }


class PlainExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor with the short way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take up the plans that earlier requests made for the same remembered document."""
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, int], tuple[Any, _Plan]] = {}
        self._kept = _kept(self.operation, self.fragments)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Answer an object: its plain keys the short way, whatever has a resolver the long way."""
        long_way = super().execute_fields
        if not isinstance(source_value, dict):
            return long_way(parent_type, source_value, path, grouped_field_set, position_context)
        plan = self._plan(parent_type, grouped_field_set)
        try:
            plain = plan.write(source_value)
        except Exception:  # noqa: BLE001 - The long way finds the same fault, and says what and where.
            return long_way(parent_type, source_value, path, grouped_field_set, position_context)
        if not plan.rest:
            return plain
        asked = {name: grouped_field_set[name] for name in plan.rest}
        rest = long_way(parent_type, source_value, path, asked, position_context)
        if not self.is_awaitable(rest):
            return plan.ordered(plain, cast("dict[str, Any]", rest))

        async def later() -> dict[str, Any]:
            return plan.ordered(plain, await rest)

        return later()

    def _plan(self, parent: GraphQLObjectType, grouped: Any) -> _Plan:
        key = parent.name, id(grouped)
        known = self._plans.get(key)
        if known is None:
            # The selection is kept beside its plan, so that no other object can take its id meanwhile.
            known = self._plans[key] = (grouped, self._found(parent, grouped))
        return known[1]

    def _found(self, parent: GraphQLObjectType, grouped: Any) -> _Plan:
        if self._kept is None:
            return self._compile(parent, grouped)
        nodes = parent.name, *(id(one.node) for details in grouped.values() for one in details)
        if nodes not in self._kept:
            self._kept[nodes] = self._compile(parent, grouped)
        return self._kept[nodes]

    def _compile(self, parent: GraphQLObjectType, grouped: Any) -> _Plan:
        steps: list[tuple[str, str, Writer]] = []
        rest: list[str] = []
        for name, details in grouped.items():
            asked = details[0].node.name.value
            if asked == "__typename":
                steps.append((name, asked, _always(parent.name)))
                continue
            field = self.schema.get_field(parent, asked)
            is_plain = field is not None and not field.args and getattr(field.resolve, "_is_default", False)
            writer = self._writer(field.type, details) if field is not None and is_plain else None
            if field is None or writer is None:
                rest.append(name)
            else:
                steps.append((name, field.extensions["strawberry-definition"].python_name, writer))
        return _Plan(tuple(steps), tuple(rest), tuple(grouped))

    def _writer(self, kind: Any, details: Any) -> Writer | None:
        if isinstance(kind, GraphQLNonNull):
            inner = self._writer(kind.of_type, details)
            return inner and _never_null(inner)
        if isinstance(kind, GraphQLList):
            inner = self._writer(kind.of_type, details)
            return inner and _each(inner)
        if is_leaf_type(kind):
            return _leaf(kind)
        if isinstance(kind, GraphQLObjectType):
            plan = self._plan(kind, self.collect_subfields(kind, details)[0])
            return None if plan.rest else _nullable(plan.write)
        return None


_Kept: TypeAlias = dict[tuple[Any, ...], _Plan]
_documents: dict[int, tuple[Any, _Kept | None]] = {}
"""Operation's id -> the nodes that plans are named by, which must live as long as they do, and the plans."""
MAX_KEPT = 500


def _kept(operation: Any, fragments: Any) -> _Kept | None:
    """Return the plans of an operation; None where directives may ask for something else each time."""
    known = _documents.get(id(operation))
    if known is None:
        if len(_documents) >= MAX_KEPT:
            _documents.clear()
        nodes = (operation, *(getattr(one, "definition", one) for one in fragments.values()))
        is_fixed = not any(_has_directives(one) for one in nodes)
        known = _documents[id(operation)] = (nodes, {} if is_fixed else None)
    return known[1]


def _has_directives(node: Any) -> bool:
    inner = getattr(node, "selection_set", None)
    return bool(node.directives) or any(_has_directives(one) for one in (inner.selections if inner else ()))


def _always(text: str) -> Writer:
    return lambda _nothing: text


def _never_null(write: Writer) -> Writer:
    def written(value: Any) -> Any:
        if value is None:
            raise _LongWay
        return write(value)

    return written


def _nullable(write: Writer) -> Writer:
    return lambda value: None if value is None else write(value)


def _each(write: Writer) -> Writer:
    def written(values: Any) -> Any:
        if values is None:
            return None
        if not isinstance(values, list):
            raise _LongWay
        return [write(value) for value in values]

    return written


def _leaf(kind: Any) -> Writer:
    serialize = kind.coerce_output_value
    as_is = _AS_IS.get(kind.name)

    def written(value: Any) -> Any:
        if value is None or type(value) is as_is:
            return value
        shown = serialize(value)
        if shown is None or shown is Undefined:
            raise _LongWay
        return shown

    return written
