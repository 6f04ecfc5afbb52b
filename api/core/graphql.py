"""How every room writes GraphQL: fields that name their permission, payloads with errors, pages, scalars."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Generic, NewType, TypeAlias, TypeVar, get_type_hints

import strawberry
from strawberry.schema_directive import Location
from strawberry.types import Info as StrawberryInfo

from api.core.context import ANYONE, ActorKind, Context
from api.core.errors import Forbidden, Invalid, Problem, RegularsError, Unauthenticated, Unavailable
from api.core.idempotency import Once, once
from api.core.paging import Slice

strawberry.enum(ActorKind)

Info: TypeAlias = StrawberryInfo[Context, None]
R = TypeVar("R")
T = TypeVar("T")
Resolver: TypeAlias = Callable[..., Any]


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="needs")
class Needs:
    """Names the permission that a field asks for."""

    permission: str


@strawberry.type
class UserError:
    """Something that the caller can mend: a stable code, a sentence, and the place in the input."""

    code: str
    message: str
    path: list[str] | None = None

    @classmethod
    def of(cls, problem: Problem) -> UserError:
        """Show a problem, with its path in camelCase as the input has it."""
        return cls(code=problem.code, message=problem.message, path=list(problem.path) or None)


def user_errors(problems: list[Problem] | tuple[Problem, ...]) -> list[UserError]:
    """Show problems."""
    return [UserError.of(one) for one in problems]


@strawberry.type
class Payload:
    """What every mutation answers."""

    errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class Written(Payload):
    """A payload of a mutation that writes."""

    applied: bool = strawberry.field(
        default=False, description="False for a dry run, a refusal, or when nothing changed."
    )
    replayed: bool = strawberry.field(default=False, description="True when this idempotency key was answered before.")


def query(needs: str, **options: Any) -> Callable[[Resolver], Any]:
    """Declare a field of Query, or of any type, that asks for a permission; printed as `@needs`."""

    def wrap(resolver: Resolver) -> Any:
        return strawberry.field(_checked(resolver, needs), directives=[Needs(permission=needs)], **options)

    return wrap


def mutation(needs: str, **options: Any) -> Callable[[Resolver], Any]:
    """Declare a mutation: checks the permission, answers expected errors as data in its payload."""

    def wrap(resolver: Resolver) -> Any:
        @functools.wraps(resolver)
        async def answered(self: Any, info: Info, **arguments: Any) -> Any:
            info.context.require(needs)
            try:
                return await resolver(self, info, **arguments)
            except (Unauthenticated, Forbidden, Unavailable):
                raise
            except RegularsError as error:
                payload = get_type_hints(resolver, include_extras=True)["return"]
                return payload(errors=[UserError.of(error.problem)])

        return strawberry.mutation(answered, directives=[Needs(permission=needs)], **options)

    return wrap


def subscription(needs: str, **options: Any) -> Callable[[Resolver], Any]:
    """Declare a subscription that asks for a permission before it starts."""

    def wrap(resolver: Resolver) -> Any:
        @functools.wraps(resolver)
        async def stream(self: Any, info: Info, **arguments: Any) -> Any:
            info.context.require(needs)
            async for one in resolver(self, info, **arguments):
                yield one

        return strawberry.subscription(stream, directives=[Needs(permission=needs)], **options)

    return wrap


def _checked(resolver: Resolver, needs: str) -> Resolver:
    if needs == ANYONE:
        return resolver

    @functools.wraps(resolver)
    def checked(self: Any, info: Info, **arguments: Any) -> Any:
        info.context.require(needs)
        return resolver(self, info, **arguments)

    return checked


def link(owner: Any, python_name: str, field: Any) -> None:
    """Give a type a field (`strawberry.field`, `query`) from a room that the type's own room must not know."""
    field.python_name = python_name
    field.origin = owner
    owner.__strawberry_definition__.fields.append(field)


# --- ids, nodes and pages ---


@strawberry.interface
class Node:
    """Anything with an id of its own."""

    id: strawberry.ID


@strawberry.type
class PageInfo:
    """Relay's page information."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    """A row with its cursor."""

    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo


def connected(connection: type[Any], edge: type[Any], rows: Slice[Any], show: Callable[[Any], Any], **more: Any) -> Any:
    """Build a connection from a slice; `show` turns a stored row into its GraphQL type."""
    nodes = [show(row) for row in rows.rows]
    edges = [edge(cursor=cursor, node=node) for cursor, node in zip(rows.cursors, nodes, strict=True)]
    return connection(edges=edges, nodes=nodes, page_info=page_info(rows), **more)


def page_info(rows: Slice[Any]) -> PageInfo:
    """Describe a slice as Relay does."""
    return PageInfo(
        has_next_page=rows.has_next,
        has_previous_page=rows.has_previous,
        start_cursor=rows.cursors[0] if rows.cursors else None,
        end_cursor=rows.cursors[-1] if rows.cursors else None,
    )


# --- scalars ---


def _read_datetime(text: object) -> datetime:
    if not isinstance(text, str):
        raise Invalid("A DateTime is text such as 2026-03-12T09:30:00Z.")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("A DateTime is text such as 2026-03-12T09:30:00Z.") from None
    if value.tzinfo is None:
        raise Invalid("A DateTime needs an offset, such as Z or +01:00.")
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise Invalid("This DateTime lies outside the years 1 to 9999.") from None
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def _write_datetime(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_date(text: object) -> str:
    try:
        return date.fromisoformat(str(text)).isoformat()
    except ValueError:
        raise Invalid("A Date is text such as 2026-03-12.") from None


DateText = NewType("DateText", str)
Json = NewType("Json", object)

SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, RFC 3339 with an offset; answered in UTC with milliseconds.",
        serialize=_write_datetime,
        parse_value=_read_datetime,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    DateText: strawberry.scalar(name="Date", description="A day, 2026-03-12.", serialize=str, parse_value=_read_date),
    Json: strawberry.scalar(
        name="JSON",
        description="A stored value as it is: text, number, truth or an object.",
        serialize=lambda value: value,
    ),
}


# --- values and inputs ---


def read_value(source: Any, name: str) -> Any:
    """Resolve a field that has no resolver of its own: a key of a stored document, or an attribute."""
    return source.get(name) if isinstance(source, dict) else getattr(source, name)


def plain(sent: Any) -> Any:
    """Return an input as plain data: what was omitted is absent, null is None, enums are their values."""
    if isinstance(sent, list):
        return [plain(one) for one in sent]
    if isinstance(sent, Enum):
        return sent.value
    if dataclasses.is_dataclass(sent) and not isinstance(sent, type):
        values = ((one.name.rstrip("_"), getattr(sent, one.name)) for one in dataclasses.fields(sent))
        return {name: plain(value) for name, value in values if value is not strawberry.UNSET}
    return sent


@strawberry.type
class Actor:
    """Who did something: a user, an API key, or Regulars itself."""

    id: strawberry.ID | None
    kind: ActorKind
    name: str

    @classmethod
    def of(cls, doc: Mapping[str, str]) -> Actor:
        """Show what records keep of who acted."""
        return cls(
            id=strawberry.ID(doc["id"]) if doc.get("id") else None, kind=ActorKind(doc["kind"]), name=doc["name"]
        )


def sending(mutation_name: str, sent: Any, **more: Any) -> Once:
    """Describe one sending of a mutation from its input, for idempotency."""
    content = plain(sent)
    content.pop("idempotency_key", None)
    return once(mutation_name, {**content, **more}, key=sent.idempotency_key, dry_run=sent.dry_run)


@strawberry.input
class Repeatable:
    """What the input of every mutation takes."""

    idempotency_key: str | None = strawberry.field(
        default=None, description="At most 255 characters: the same key twice is one effect."
    )
    dry_run: bool = strawberry.field(default=False, description="Say what would happen, and write nothing.")
