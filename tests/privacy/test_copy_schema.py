"""`docs/copy.schema.json` says what a copy looks like to a program that reads it (JSON Schema 2020-12).

It is drawn from the copy of a person of whom everything is known. After a change of what a room tells,
`REGULARS_WRITE_PRIVACY=1 pytest tests/privacy/test_copy_schema.py` writes it anew; look at the difference, and raise
`SCHEMA_VERSION` when a program that reads the old form would stumble.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from api.core.context import ActorKind, Context
from api.customers import personal as customers
from api.customers.model import FIELDS
from api.privacy.composing import Composing
from api.privacy.model import FORMAT, SCHEMA_VERSION
from api.privacy.registry import COPIED
from tests.conftest import Ask, Clock
from tests.exports.test_again import fill
from tests.privacy.filled import filled

FILE = Path(__file__).parents[2] / "docs" / "copy.schema.json"
Schema = dict[str, Any]
MOMENT, DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), re.compile(r"\d{4}-\d\d-\d\d")
WORDS = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
ANYTHING = {
    "before": "What stood there, as the profile has it; null for nothing.",
    "after": "What stands there since, as the profile has it; null for nothing.",
    "said": "What the row said, by field of the profile.",
}
ACTOR: Schema = {
    "type": "object",
    "required": ["kind", "name"],
    "properties": {"kind": {"enum": [one.value for one in ActorKind]}, "name": {"type": "string"}},
}
TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
ENTRY: Schema = {
    "type": "object",
    "required": ["part", "collection", "about", "count", "sha256"],
    "properties": {
        "part": {"enum": [one.part for one in COPIED]},
        "collection": TEXT,
        "about": TEXT,
        "count": {"type": "integer", "minimum": 0},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of the part's text in the file."},
    },
}
MANIFEST: Schema = {
    "type": "object",
    "required": ["format", "schemaVersion", "issuer", "customer", "madeAt", "madeBy", "reason", "parts"],
    "properties": {
        "format": {"const": FORMAT},
        "schemaVersion": {"const": SCHEMA_VERSION},
        "issuer": {"type": "string", "format": "uri"},
        "customer": {"type": "string", "pattern": "^cus_[0-9a-f]{24}$"},
        "madeAt": TIME,
        "madeBy": ACTOR,
        "reason": {"type": ["string", "null"]},
        "parts": {"type": "array", "items": ENTRY},
    },
}


def drawn(name: str, values: Sequence[Any]) -> Schema:
    """Return what values of one place have in common."""
    if name in ANYTHING:
        return {"description": ANYTHING[name]}
    types = sorted({WORDS[type(one)] for one in values})
    found: Schema = {"type": types[0] if len(types) == 1 else types}
    texts = [one for one in values if isinstance(one, str)]
    for shape, pattern in (("date-time", MOMENT), ("date", DAY)):
        if texts and all(pattern.fullmatch(one) for one in texts):
            found["format"] = shape
    items = [inner for one in values if isinstance(one, list) for inner in one]
    if items:
        found["items"] = drawn("", items)
    docs = [one for one in values if isinstance(one, dict)]
    names = sorted({inner for one in docs for inner in one})
    if names:
        found["properties"] = {inner: drawn(inner, [one[inner] for one in docs if inner in one]) for inner in names}
    return found


def lacking(schema: Schema, path: str) -> Iterator[tuple[Schema, str]]:
    """Yield where a declared field is not in the schema, as this copy has none: the object and the name in it."""
    head, _, rest = path.partition(".")
    names = schema.get("items", schema).get("properties")
    if names is not None and (head not in names or not rest):
        yield from [] if head in names else [(names, head)]
    elif names is not None:
        yield from lacking(names[head], rest)


def printed(copy: Mapping[str, Any]) -> Schema:
    """Return the schema of copies like this one."""
    parts = {one.part: {"description": one.about, **drawn(one.part, [copy[one.part]])} for one in COPIED}
    for one in COPIED:
        for told in one.copied.values():
            for names, name in list(lacking(parts[one.part], told)):
                names[name] = TIME if name.endswith("At") else TEXT
    for spec in FIELDS.values():
        parts["profile"]["items"]["properties"][spec.camel] |= {"description": spec.field.about}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The copy of everything that Regulars stores about one person (GDPR art. 15 and 20)",
        "description": "A field without a value is left out. Fields and parts may come to it without a new schemaVersion.",
        "type": "object",
        "required": ["manifest", *parts],
        "properties": {"manifest": MANIFEST, **parts},
    }


def strict(schema: Any) -> Any:
    """Return a schema that takes nothing which it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(one) for name, one in schema.items()}
    return {**found, "additionalProperties": False} if isinstance(found.get("properties"), dict) else found


def faults(schema: Schema, copy: Any) -> Iterator[str]:
    """Yield where a copy is not what a schema says."""
    checks = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return (f"{one.json_path}: {one.message[:200]}" for one in checks.iter_errors(copy))


async def copied(ctx: Context, customer_id: Any) -> dict[str, Any]:
    """Return somebody's copy."""
    person = await customers.person(ctx, customer_id)
    assert person
    composing = Composing(ctx, person, None)
    async for _ in composing.write():
        pass
    copy: dict[str, Any] = orjson.loads(b"".join(composing.documents()[0].parts()))
    composing.close()
    return copy


async def test_the_schema_is_what_a_copy_looks_like(ctx: Context, stored: Any, data: Ask, clock: Clock) -> None:
    copy = await copied(ctx, await filled(ctx, stored, data, clock))
    schema = printed(copy)
    if os.environ.get("REGULARS_WRITE_PRIVACY"):
        FILE.write_text(json.dumps(schema, indent=2) + "\n")
    assert json.loads(FILE.read_text()) == schema, "REGULARS_WRITE_PRIVACY=1 pytest tests/privacy/test_copy_schema.py"
    Draft202012Validator.check_schema(schema)
    assert list(faults(strict(schema), copy)) == []


async def test_copies_of_random_people_are_what_it_says(ctx: Context, stored: Any) -> None:
    schema = strict(json.loads(FILE.read_text()))
    ctx.db.rehearse = False
    await fill(ctx, 50)
    for doc in stored["customers"].find():
        assert list(faults(schema, await copied(ctx, doc["_id"]))) == [], doc


async def test_what_is_none_fails(ctx: Context, stored: Any, data: Ask, clock: Clock) -> None:
    copy = await copied(ctx, await filled(ctx, stored, data, clock))
    schema = json.loads(FILE.read_text())
    copy["manifest"]["parts"][0]["sha256"] = "no digest"
    copy["profile"][0]["tags"] = "no list"
    copy["changes"][0]["version"] = "one"
    del copy["consents"]
    assert sorted(one.partition(":")[0] for one in faults(schema, copy)) == [
        "$",
        "$.changes[0].version",
        "$.manifest.parts[0].sha256",
        "$.profile[0].tags",
    ]
