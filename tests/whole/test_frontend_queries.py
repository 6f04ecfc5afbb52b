"""Every GraphQL document of the app is valid in the printed schema and passes the limits that the API sets."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)

from api.core.cost import refusal, weigh

ROOT = Path(__file__).parents[2]
TEMPLATE = re.compile(r"\bgraphql\(\s*`([^`]*)`", re.DOTALL)
LARGEST = {"first": 100, "last": 100}

pytestmark = pytest.mark.unit


@cache
def schema() -> GraphQLSchema:
    """Read the printed schema."""
    return build_schema((ROOT / "schema.graphql").read_text())


@cache
def documents() -> dict[str, DocumentNode]:
    """Return every document by the place where it stands."""
    found = {}
    for path in sorted((ROOT / "frontend" / "src").rglob("*.ts*")):
        text = path.read_text()
        for match in TEMPLATE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found[f"{path.relative_to(ROOT)}:{line}"] = parse(match.group(1))
    return found


@cache
def fragments() -> dict[str, FragmentDefinitionNode]:
    """Return every fragment of the app by name."""
    every = (one for document in documents().values() for one in document.definitions)
    return {one.name.value: one for one in every if isinstance(one, FragmentDefinitionNode)}


class _Spreads(Visitor):
    """Collects the names of the fragments that a document uses."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.add(node.name.value)


def whole(document: DocumentNode) -> DocumentNode:
    """Return a document with the fragments that it uses, as the app sends it."""
    definitions = list(document.definitions)
    known = {one.name.value for one in definitions if isinstance(one, FragmentDefinitionNode)}
    while True:
        spreads = _Spreads()
        visit(DocumentNode(definitions=tuple(definitions)), spreads)
        missing = sorted(spreads.names - known)
        if not missing:
            return DocumentNode(definitions=tuple(definitions))
        known |= set(missing)
        definitions += [fragments()[name] for name in missing if name in fragments()]


def test_the_app_asks_something() -> None:
    assert len(documents()) > 20


@pytest.mark.parametrize("place", documents())
def test_each_document_is_valid(place: str) -> None:
    errors = validate(schema(), whole(documents()[place]))
    unused = "is never used"
    assert [one.message for one in errors if unused not in one.message] == []


@pytest.mark.parametrize("place", documents())
def test_each_document_passes_the_limits(place: str) -> None:
    document = whole(documents()[place])
    assert refusal(document, weigh(document, LARGEST), stranger=False) is None
