"""How customers are found: one, by key, and in lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from bson import ObjectId

from api.conditions.model import OPERATORS
from api.conditions.rules import Language, compile_filter, names
from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound, Unavailable
from api.core.fields import FieldType, Read, Spec
from api.core.mongo import Doc, Filter, deadline, driver_errors, is_timeout
from api.core.paging import Cursors, Order, Slice, cut, page, window
from api.customers import holding, parsing, store, values
from api.customers.derive import FOLDED, HEAD_LETTERS
from api.customers.model import FIELDS
from api.customers.rules import identifier_id

MAX_SEARCH = 200
MAX_WORDS = 8
DIGITS_OF_A_PHONE = 5
COUNT_LIMIT = 10_001
HELD = "held"
"""The condition that asks for a legal hold, which is no field."""
COUNT_SECONDS = 1.0
LIST_SECONDS = 10.0
SORTS = {"NAME": "sort_name", "CREATED": "created_at", "UPDATED": "updated_at", "LAST_SEEN": "sort_last_seen"}
_STORED = {"tags": "tag_keys", "emails.address": "normalized"}


@dataclass(frozen=True)
class Listing:
    """What a list is asked with; the count is asked with the same."""

    where: Doc
    order: Order
    rows: Slice[Doc]


async def by_id(ctx: Context, customer_id: ObjectId) -> Doc | None:
    """Return one customer, in the trash or not; one command."""
    return (await store.to_show(ctx, [customer_id])).get(customer_id)


async def by_ids(ctx: Context, customer_ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return customers by id; one command."""
    return await store.to_show(ctx, customer_ids)


async def by_key(ctx: Context, kind: str, value: str) -> Doc | None:
    """Return the customer who holds an identifier (email, phone, reference_id); one command.

    Raises Invalid (INVALID_EMAIL, INVALID_PHONE), AMBIGUOUS_IDENTIFIER for a phone that several hold.
    """
    ctx.require(Read.PERSONAL.permission)
    name = identifier_id(ctx.keys, kind, normalized(ctx, kind, value))
    holders = await store.holders_of(ctx, name)
    if len(holders) > 1:
        message = f"{len(holders)} customers share this phone number: ask by email or reference id."
        raise Invalid(message, code="AMBIGUOUS_IDENTIFIER", path=("key", kind))
    return holders[0] if holders else None


def normalized(ctx: Context, kind: str, value: str) -> str:
    """Return an identifier as it is compared; raises Invalid for what is none of its kind."""
    if kind == "email":
        return values.email(value)
    if kind == "reference_id":
        return values.reference(value) or ""
    if kind != "phone":
        return values.push_token(value)
    found = values.phone(value, ctx.settings.default_region)
    if found is None:
        raise Invalid("This is no phone number that can be dialled.", code="INVALID_PHONE", path=("key", kind))
    return found


async def listed(
    ctx: Context,
    *,
    search: str | None,
    where: Mapping[str, Any] | None,
    sort: Sequence[tuple[str, bool]],
    trash: bool,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    fields: Mapping[str, int] | None = None,
) -> Listing:
    """Return a page of customers; one command.

    `sort` holds one (name of SORTS, descending). Raises Invalid for sizes, cursors and filters, FILTER_TOO_BROAD after
    10 s.
    """
    if len(sort) > 1:
        raise Invalid("Sort by one field; the id breaks ties.", code="SORT_NOT_INDEXED", path=("sort", "1"))
    name, descending = sort[0] if sort else ("NAME", False)
    order = Order(SORTS[name], descending)
    cursors = Cursors(ctx.keys, "customers", search, where, order.field, order.descending, trash)
    asked = page(cursors, first, after, last, before)
    query = await filter_of(ctx, search=search, where=where, trash=trash)
    beyond, way, limit = window(order, asked)
    whole = {**query, "$and": [*query.get("$and", ()), beyond]} if beyond else query
    shown = {**fields, order.field: 1} if fields else store.READ_FIELDS
    if not fields and order.field in store.READ_FIELDS:
        shown = {key: value for key, value in shown.items() if key != order.field}
    try:
        with deadline(LIST_SECONDS):
            docs = await store.listed(ctx, whole, way, limit, shown)
    except driver_errors as error:
        if is_timeout(error):
            raise Unavailable(
                "This takes too long: narrow the filter or the search.", code="FILTER_TOO_BROAD"
            ) from error
        raise
    return Listing(query, order, cut(docs, asked, cursors, lambda doc: (doc[order.field], doc["_id"])))


Prepare: TypeAlias = Callable[[Context], Awaitable[Callable[[Mapping[str, Any]], Doc]]]
_CONDITIONS: dict[str, Prepare] = {}


def register_condition(name: str, prepare: Prepare) -> None:
    """Let a room add a condition that is no field; `prepare` loads what compiling it needs, once a request."""
    _CONDITIONS[name] = prepare


def speaks_of_others(where: Mapping[str, Any]) -> bool:
    """Tell whether a condition asks, anywhere in it, what a room above means: a consent, and no field."""
    return bool(names(where) & _CONDITIONS.keys())


async def filter_of(ctx: Context, *, search: str | None, where: Mapping[str, Any] | None, trash: bool) -> Doc:
    """Return the filter of a list."""
    more = {name: await _CONDITIONS[name](ctx) for name in sorted(names(where) & _CONDITIONS.keys())}
    more[HELD] = partial(holding.asked, ctx.now())
    parts = [compile_filter(where, _language(ctx, more))] if where else []
    parts += _searched(ctx, search) if search and search.strip() else []
    parts = [one for one in parts if one]
    return {"trashed": trash, **({"$and": parts} if parts else {})}


async def matching(ctx: Context, where: Filter) -> tuple[int, bool]:
    """Return how many customers a compiled condition finds, and whether that is exact, as `counted`."""
    rows: Slice[Doc] = Slice([], (), has_next=False, has_previous=False)
    return await counted(ctx, Listing({"trashed": False, "$and": [where]}, Order("_id"), rows))


async def counted(ctx: Context, listing: Listing) -> tuple[int, bool]:
    """Return how many customers the whole list has, and whether that is exact: up to 10,001, within a second."""
    try:
        with deadline(COUNT_SECONDS):
            found = await store.count(ctx, listing.where, COUNT_LIMIT)
    except driver_errors as error:
        if is_timeout(error):
            return len(listing.rows.rows), False
        raise
    return found, found < COUNT_LIMIT


def _searched(ctx: Context, search: str) -> list[Any]:
    ctx.require(Read.PERSONAL.permission)
    if len(search) > MAX_SEARCH:
        raise Invalid(f"At most {MAX_SEARCH} letters.", code="TOO_LONG", path=("search",))
    typed = search.strip()
    try:
        return [{"_id": ids.read(ids.CUSTOMER, typed)}]
    except NotFound:
        pass
    spelled = typed.replace("(0)", "")
    digits = re.sub(r"\D", "", spelled)
    if len(digits) >= DIGITS_OF_A_PHONE and re.fullmatch(r"[\d\s+().\-/]+", spelled):
        # Spaces and dashes in a number are taste: all of its digits are one word.
        words = [digits.removeprefix("00")]
    else:
        words = values.words(_without_top_domain(typed))[:MAX_WORDS]
    # What holds no letter and no digit finds nobody, rather than everybody.
    return list(store.search_filter(words, HEAD_LETTERS)) if words else [{"_id": {"$in": []}}]


def _without_top_domain(typed: str) -> str:
    # The end of an address (.com) is no search word, so a whole address that is typed or pasted is found without it.
    local, at, domain = typed.rpartition("@")
    return f"{local} {domain.rpartition('.')[0] or domain}" if at else typed


def _language(ctx: Context, more: Mapping[str, Callable[[Mapping[str, Any]], Doc]]) -> Language:
    def value(path: str, spec: Spec, sent: Any) -> Any:
        if path == "emails.address":
            return _comparing(sent)
        if path == "phones.number":
            return values.phone(sent, ctx.settings.default_region) or sent.strip()
        found = parsing.scalar(spec, sent)
        if found is None:
            # Null would match whoever has none, which is asked for by name.
            raise Invalid("This is empty; ask isSet for those who have none.")
        return found

    def prefix(path: str, sent: str) -> str:
        return _comparing(sent) if path == "emails.address" else unicodedata.normalize("NFC", sent).strip()

    def allow(spec: Spec) -> None:
        if spec.field.read is not Read.PLAIN:
            ctx.require(spec.field.read.permission)

    return Language(
        fields=FIELDS,
        now=ctx.now(),
        value=value,
        prefix=prefix,
        fold=values.fold,
        folded=frozenset(FOLDED),
        allow=allow,
        stored=_STORED,
        more=more,
    )


def _comparing(address: str) -> str:
    # As `values.email` stores it, but an address need not be whole to be looked for.
    return unicodedata.normalize("NFC", address.strip()).lower()


def operators(spec: Spec) -> tuple[str, ...]:
    """Return what a field can be asked in a filter; words only where folded words are kept."""
    if not spec.field.filterable:
        return ()
    known = OPERATORS[spec.type]
    if spec.type is FieldType.TEXT and spec.name not in FOLDED:
        return tuple(one for one in known if one != "has_word")
    return known
