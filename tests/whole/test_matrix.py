"""Who may see what: every root field and every field of what can hold something personal, asked as every role.

`authorisation.txt` is the table that people review. A new field fails here with the line to add; after looking at it,
`REGULARS_WRITE_MATRIX=1 pytest tests/whole/test_matrix.py` writes the table anew.

    ALLOWED          the value, as whoever may see most gets it
    MASKED           null or something else, though there is a value
    FORBIDDEN        an error: the permission is missing
    UNAUTHENTICATED  an error: nobody is signed in
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import GraphQLObjectType, build_schema, is_leaf_type
from starlette.applications import Starlette

from api.core.context import Context
from api.core.settings import Settings
from api.schema import print_schema
from tests.conftest import ROLES, Ask, Clock
from tests.factories import a_key
from tests.planted import found_in
from tests.serving import first_of, serving
from tests.whole.filled import PERSONAL, World, filled
from tests.whole.matrix import ARGUMENTS, PLAIN, QUESTIONS, WAYS, Way
from tests.whole.test_bad_values import least

TABLE = Path(__file__).with_name("authorisation.txt")
SCHEMA = build_schema(print_schema())
CALLERS = ("anonymous", *ROLES, "partner", "partner-read")
BLIND = ("anonymous", "partner", "partner-read")
"""Who may see nothing personal, in no byte of any answer."""
ROOTS = ("Query", "Mutation", "Subscription")
EMPTY = "EMPTY"
"""There is nothing to show in the database of this test; only for the lines that NEVER_FILLED names."""
NEVER_FILLED = {
    *(f"{one}.errors" for one in (
        "ConsentRecordPayload", "ConsentsRecordPayload", "ConsentResult", "ContactabilityResult", "CustomerCreatePayload",
        "CustomerUpdatePayload", "CustomersUpsertPayload", "CustomerUpsertResult", "ImportPreview",
    )),
    *(f"{one}.warnings" for one in ("CustomerCreatePayload", "CustomerUpdatePayload", "CustomerUpsertResult")),
    "Change.run", "FieldChange.run", "Change.revertedBy", "ConsentStanding.term", "Customer.privacyRequest", "Customer.trashedAt", "Customer.anonymizedAt",
    "CustomerUpdatePayload.change", "CustomerUpdatePayload.conflicts", "ImportDetails.preset", "ImportPreview.preset",
    "ImportConsents.basis", "ImportConsents.evidenceFileId", "ImportRowConsent.list", "ImportRowConsent.term",
    *(f"QuarantinedConsent.{one}" for one in ("list", "term", "basis", "reviewedAt", "reviewedBy", "entryId")), "Run.error", "Run.export", "Run.privacy",
    *(f"PrivacyDetails.{one}" for one in ("applyAt", "policy", "collections", "figures", "certificate")), "ExportDetails.leftOut", "Run.etaSeconds", "WebhookDelivery.nextAt",
}  # fmt: skip
"""Lines that have nothing to show here: their types have lines of their own, or they are no values of persons."""
LAST = frozenset({"passwordChange", "signIn", "signOut"})
"""What ends or counts something for who asks it, asked at the end."""
WRITE = "Look at each change, then write the table: REGULARS_WRITE_MATRIX=1 pytest tests/whole/test_matrix.py"
Answer = dict[str, Any]
Headers = dict[str, str]


def _bare(found: Any) -> Any:
    while hasattr(found, "of_type"):
        found = found.of_type
    return found


def _asked(kind: str, name: str) -> str:
    """Return the shortest selection of a field."""
    found = _type(kind).fields[name]
    return f"{name}{ARGUMENTS.get(f'{kind}.{name}', '')}{'' if is_leaf_type(_bare(found.type)) else ' { __typename }'}"


def _type(kind: str) -> GraphQLObjectType:
    found = SCHEMA.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    return found


@dataclass
class Asking:
    """Asks as one caller."""

    client: httpx2.AsyncClient
    world: World
    headers: Headers
    found: dict[str, Any] = field(default_factory=dict)
    """Line -> the value, or the code of the refusal as (code,)."""
    heard: list[str] = field(default_factory=list)

    async def send(self, document: str, variables: Answer | None = None) -> Answer:
        """Send one document."""
        body = {"query": document, "variables": variables or {}}
        response = await self.client.post("/graphql", json=body, headers=self.headers)
        self.client.cookies.clear()
        answer: Answer = response.json()
        self.heard.append(response.text)
        return answer

    async def fields(self, line: str, way: Way) -> None:
        """Ask for all fields of a type at once, and one by one where some are refused."""
        kind, _, how = line.partition(" ")
        names = {name: line_of(kind, name, how) for name in _type(kind).fields}
        answer = await self.send(way.document(" ".join(_asked(kind, name) for name in names), self.world.words))
        refused = _refused_on_the_way(answer, way)
        for name, one in names.items():
            if refused or "errors" not in answer:
                self.found[one] = refused or (_at(answer["data"], way.names) or {}).get(name)
            else:
                self.found[one] = await self._value(way, _asked(kind, name), name)

    async def question(self, line: str, way: Way) -> None:
        """Ask a question; whether something was found is its answer."""
        *before, last = way.steps
        name = last.partition("(")[0]
        selection = last if name == "appliedAs" else f"{last} {{ __typename }}"
        self.found[line] = await self._value(replace(way, steps=tuple(before)), selection, name)

    async def _value(self, way: Way, selection: str, name: str) -> Any:
        answer = await self.send(way.document(selection, self.world.words))
        if "errors" in answer:
            return _code(answer)
        return (_at(answer["data"], way.names) or {}).get(name)

    async def root(self, kind: str, name: str) -> None:
        """Ask a root field with the least that it takes."""
        of = _type(kind).fields[name]
        arguments = {key: one for key, one in of.args.items() if str(one.type).endswith("!")}
        declared = ", ".join(f"${key}: {one.type}" for key, one in arguments.items())
        given = ", ".join(f"{key}: ${key}" for key in arguments)
        variables = {key: least(one.type) for key, one in arguments.items()}
        head = f"{kind.lower()}{f'({declared})' if declared else ''} {{ {name}{f'({given})' if given else ''}"
        answer = await self.send(f"{head}{'' if is_leaf_type(_bare(of.type)) else ' { __typename }'} }}", variables)
        refused = _code(answer) if "errors" in answer else None
        # What it was asked with may be no good, which whoever may not ask is not told.
        self.found[f"{kind}.{name}"] = refused if refused in {("FORBIDDEN",), ("UNAUTHENTICATED",)} else True


def _at(data: Any, names: tuple[str, ...]) -> Any:
    found = data
    for name in names:
        found = found and found[name]
        while isinstance(found, list):
            found = found[0] if found else None
    return found


def _code(answer: Answer) -> tuple[str]:
    codes = {one["extensions"]["code"] for one in answer["errors"]}
    assert len(codes) == 1, answer
    return (codes.pop(),)


def _refused_on_the_way(answer: Answer, way: Way) -> tuple[str] | None:
    """Return the code when what leads to a type is refused, so that none of its fields need be asked."""
    for one in answer.get("errors", ()):
        path = tuple(step for step in one["path"] if isinstance(step, str))
        if path == way.names[: len(path)]:
            return _code(answer)
    return None


def _outcome(value: Any, most: Any, *, varies: bool) -> str:
    if isinstance(value, tuple):
        return str(value[0])
    if most in (None, []) or isinstance(most, tuple):
        return EMPTY
    hidden = value in (None, []) or (not varies and value != most)
    return "MASKED" if hidden else "ALLOWED"


def line_of(kind: str, name: str, how: str = "") -> str:
    """Return what a line of the table is called."""
    return f"{kind}.{name}{how and f' {how}'}"


def _lines() -> list[str]:
    """Return every line of the table, in its order: that in which types are declared does not matter."""
    roots = [f"{kind}.{name}" for kind in ROOTS for name in sorted(_type(kind).fields)]
    fields = [
        line_of(kind, name, how)
        for kind, _, how in (line.partition(" ") for line in WAYS)
        for name in sorted(_type(kind).fields)
    ]
    return [*roots, *QUESTIONS, *fields]


async def _ask_all(asking: Asking, where: str) -> None:
    for line, way in WAYS.items():
        await asking.fields(line, way)
    for line, way in QUESTIONS.items():
        await asking.question(line, way)
    for kind in ("Query", "Mutation"):
        for name in _type(kind).fields.keys() - LAST:
            await asking.root(kind, name)
    for name in _type("Subscription").fields:
        document = f"subscription {{ {name}(id: {asking.world.words['run']}) {{ id }} }}"
        heard = await first_of(where, document, asking.headers)
        asking.found[f"Subscription.{name}"] = _code(heard) if "errors" in heard else True
    for name in sorted(LAST):
        await asking.root("Mutation", name)


def _table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return the lines of the table: a field, and what each caller gets."""
    owner, lines = found["owner"], []
    varies = {line_of(kind, name, how): way.varies for one, way in WAYS.items()
              for kind, _, how in [one.partition(" ")] for name in _type(kind).fields}  # fmt: skip
    for line in _lines():
        most = owner.get(f"{line} unmasked", owner[line])
        outcomes = [_outcome(found[who][line], most, varies=varies.get(line, True)) for who in CALLERS]
        lines.append(_row(line, outcomes))
    return [_row("", list(CALLERS)), *lines]


def _row(line: str, cells: list[str]) -> str:
    return f"{line:<46}" + "".join(f"{one:<17}" for one in cells).rstrip()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Buckets that hold all of it."""
    return replace(settings, rate_key="999999/999999", rate_user="999999/999999", rate_anonymous="999999/999999")


@pytest.mark.unit
def test_every_type_has_lines_or_a_reason() -> None:
    plain = {name for names in PLAIN.values() for name in names.split()}
    covered = {line.partition(" ")[0] for line in WAYS}
    missing = []
    for name, kind in SCHEMA.type_map.items():
        if not isinstance(kind, GraphQLObjectType) or name.startswith("__") or name in {*ROOTS, *covered, *plain}:
            continue
        if not name.endswith(("Edge", "Payload")):
            missing.append(name)
    assert not missing, f"Say in tests/whole/matrix.py how these are reached (WAYS), or that they are PLAIN: {missing}"
    assert not (covered & plain)
    assert {*covered, *plain} <= SCHEMA.type_map.keys()


@pytest.mark.unit
def test_every_field_has_its_line() -> None:
    reviewed = {line[:46].strip() for line in TABLE.read_text().splitlines()[1:]}
    missing = [line for line in _lines() if line not in reviewed]
    assert not missing, f"{WRITE}\nThese have no line yet: {missing}"
    assert not reviewed - set(_lines())


async def test_the_table_is_what_the_api_answers(
    ctx: Context,
    app: Starlette,
    client: httpx2.AsyncClient,
    stored: Any,
    clock: Clock,
    data: Ask,
    headers_of: Callable[[str], Headers],
) -> None:
    world = await filled(ctx, stored, data)
    _, secret = a_key(stored, clock(), permissions=["consent.read", "customer.read"])
    headers = {who: headers_of(who) for who in ("anonymous", *ROLES)}
    headers |= {"partner": headers_of("key:partner"), "partner-read": {"Authorization": f"Bearer {secret}"}}
    found = {}
    async with serving(app) as where:
        for who in CALLERS:
            asking = Asking(client, world, headers[who])
            await _ask_all(asking, where)
            found[who] = asking.found
            if who in BLIND:
                assert found_in("\n".join(asking.heard), PERSONAL) == [], who
    lines = _table(found)
    if os.environ.get("REGULARS_WRITE_MATRIX"):
        TABLE.write_text("\n".join(lines) + "\n")
    reviewed = TABLE.read_text().splitlines()
    changed = [line for line in lines if line not in reviewed]
    assert not changed, f"{WRITE}\nThe API answers otherwise than reviewed:\n" + "\n".join(changed)
    assert lines == reviewed
    assert sorted({line[:46].strip() for line in lines if EMPTY in line} ^ NEVER_FILLED) == []
