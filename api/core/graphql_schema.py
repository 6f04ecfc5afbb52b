"""The schema that refuses before it runs, and says what went wrong without saying whose data it was.

Requests over HTTP take `answer`, the short way; sockets take Strawberry's own `stream`, guarded by `Guard`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError, OperationType, execute
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.core import cost
from api.core.context import ActorKind, Context
from api.core.errors import RegularsError
from api.core.graphql import SCALARS, read_value
from api.core.graphql_documents import Document, Documents
from api.core.graphql_plain import PlainExecutor
from api.core.mongo import unavailable

log = structlog.get_logger("graphql")
MAX_LOGGED_ERRORS = 5


class Guard(SchemaExtension):
    """Reads and checks the document of an operation that came through a socket; only subscriptions pass."""

    def on_parse(self) -> Iterator[None]:
        """Parse from memory, and refuse what is too long."""
        asked = self.execution_context
        document = cast("RegularsSchema", asked.schema).documents.read(
            asked.query or "", stranger=_is_stranger(asked.context)
        )
        asked.graphql_document = document.node
        yield

    def on_validate(self) -> Iterator[None]:
        """Set what is wrong as errors before the run; an empty list says that it was looked at."""
        asked = self.execution_context
        stranger = _is_stranger(asked.context)
        document = cast("RegularsSchema", asked.schema).documents.read(asked.query or "", stranger=stranger)
        refused = list(document.refusals(asked.variables, stranger=stranger))
        if not refused and document.kind(asked._provided_operation_name) is not OperationType.SUBSCRIPTION:  # noqa: SLF001
            refused = [GraphQLError("A socket takes subscriptions only.", extensions={"code": "INVALID"})]
        asked.pre_execution_errors = refused
        yield


class RegularsSchema(Schema):
    """Strawberry's schema with our limits, error codes and log."""

    def __init__(self, **options: Any) -> None:
        """Build; sockets pass through Guard."""
        super().__init__(
            extensions=[Guard],
            execution_context_class=PlainExecutor,
            config=StrawberryConfig(scalar_map=SCALARS, default_resolver=read_value),
            **options,
        )
        self.documents = Documents(self._schema)

    def ask(self, text: str, variables: Mapping[str, Any] | None, name: str | None, ctx: Context, most: int) -> Asked:
        """Read and check a document, without running it; one that costs more than `most` is refused."""
        stranger = _is_stranger(ctx)
        document: Document | None = None
        price = 0
        try:
            document = self.documents.read(text, stranger=stranger)
            refused, price = document.looked_at(variables, stranger=stranger)
            refused = refused or _unasked(document, name)
        except GraphQLError as error:
            refused = (error,)
        dear = cost.too_dear(price, most)
        if dear and not refused:
            refused = (dear,)
        return Asked(document, refused, cost.REFUSED_COST if refused else price)

    async def answer(
        self, asked: Asked, variables: Mapping[str, Any] | None, name: str | None, ctx: Context
    ) -> ExecutionResult:
        """Run a query or mutation; `data` and `errors` are as they are shown, `data` is None when nothing ran."""
        document = asked.document
        if asked.refused or document is None:
            return self._shown(NotRun(list(asked.refused)), document, name)
        result = execute(
            self._schema,
            document.node,
            variable_values=dict(variables) if variables else None,
            operation_name=name,
            context_value=ctx,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            executor_class=self.execution_context_class,
            # They tell strangers of the schema, and looking for them fails at letters such as U+0130.
            hide_suggestions=True,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        return self._shown(result, document, name) if result.errors else result

    def _shown(self, result: ExecutionResult, document: Document | None, name: str | None) -> ExecutionResult:
        _show(result.errors or [], document.called(name) if document else "", document.digest if document else "")
        return result

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Give each error of a socket its code and log it, without the text of the query."""
        name = execution_context.operation_name if execution_context and execution_context.graphql_document else None
        _show(errors, name if name and name.isidentifier() and name.isascii() else "", "")

    def printed(self) -> str:
        """Return the schema as text."""
        return print_schema(self) + "\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A document that was read: why it is not run, or what it costs."""

    document: Document | None
    refused: tuple[GraphQLError, ...]
    cost: int


class NotRun(ExecutionResult):
    """Errors from before the run: the answer has no `data`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        """Hold the errors."""
        super().__init__(data=None, errors=errors)


def _is_stranger(ctx: Context) -> bool:
    return ctx.caller.kind is ActorKind.ANONYMOUS


def _unasked(document: Document, name: str | None) -> tuple[GraphQLError, ...]:
    kind = document.kind(name)
    if kind is None:
        message = "Say with `operationName` which operation of this document to run."
    elif kind is OperationType.SUBSCRIPTION:
        message = "Subscriptions come over a socket with graphql-transport-ws."
    else:
        return ()
    return (GraphQLError(message, extensions={"code": "INVALID"}),)


def _show(errors: list[GraphQLError], operation: str, digest: str) -> None:
    for error in errors[:MAX_LOGGED_ERRORS]:
        code = _coded(error)
        path = [one for one in error.path or () if isinstance(one, str)]
        trace = (error.extensions or {}).get("traceId")
        cause = error.original_error if trace else None
        # The type of an unexpected error and where it was raised say enough; its text may quote a person's data.
        log.log(
            40 if trace else 20, "error", code=code, path=path, operation=operation[:64], document=digest,
            **({"trace": trace, "raised": type(cause).__name__, "where": _where(cause)} if trace else {}),
        )  # fmt: skip
    for error in errors[MAX_LOGGED_ERRORS:]:
        _coded(error)


def _coded(error: GraphQLError) -> str:
    """Set `extensions.code` and mask what is none of the caller's business; return the code."""
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    cause = _cause(error)
    if cause is None:
        syntax = isinstance(error, GraphQLSyntaxError) or error.path is None
        error.extensions = {"code": "GRAPHQL_INVALID" if syntax else "INVALID"}
        return str(error.extensions["code"])
    ours = cause if isinstance(cause, RegularsError) else unavailable(cause)
    if ours is None:
        error.message = "Something went wrong on our side."
        error.extensions = {"code": "INTERNAL", "traceId": secrets.token_hex(8)}
        return "INTERNAL"
    error.message = ours.message
    error.extensions = {"code": ours.code, **ours.extensions}
    return ours.code


def _cause(error: GraphQLError) -> BaseException | None:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _where(cause: BaseException | None) -> str:
    trace = cause.__traceback__ if cause else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
