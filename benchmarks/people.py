"""Invented people for the benchmarks, the same for the same number; written past the API, in big batches."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, InsertOne
from api.customers import acts, edits, parsing, rules, store
from api.customers.derive import derived, identifiers
from api.history import store as history

GIVEN = (
    "Anna",
    "Bram",
    "Chloé",
    "Dirk",
    "Elif",
    "Fatima",
    "Gijs",
    "Hanna",
    "Ivo",
    "Jana",
    "Kofi",
    "Lucía",
    "Mees",
    "Noor",
)
FAMILY = (
    "Jansen",
    "de Vries",
    "Muñoz",
    "Kowalski",
    "Öztürk",
    "Novák",
    "Schmidt",
    "Dubois",
    "Rossi",
    "Silva",
    "Nagy",
    "Berg",
)
CITIES = (("Utrecht", "3511 AW", "NL"), ("Gent", "9000", "BE"), ("Köln", "50667", "DE"), ("Lyon", "69001", "FR"))
TAGS = ("vip", "newsletter", "press", "trade", "student", "lapsed")
HEADER = (
    "first_name,last_name,email,phone_number,gender,date_of_birth,street,house_number,zip_code,city,country,"
    "job_title,organization,tags,reference_id"
).split(",")
BATCH = 500


def person(n: int) -> dict[str, Any]:
    """Return the values of customer number n, as an update has them."""
    draw = random.Random(n)
    city, zip_code, country = draw.choice(CITIES)
    given, family = draw.choice(GIVEN), draw.choice(FAMILY)
    return {
        "given_name": given,
        "family_name": family,
        "job_title": draw.choice(("Editor", "Buyer", "Teacher", None)),
        "organization": f"Company {n % 997}",
        "date_of_birth": f"{draw.randint(1940, 2004)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        "gender": draw.choice(("FEMALE", "MALE", "OTHER")),
        "locale": "nl-NL",
        "reference_id": f"R{n:07}",
        "emails": {
            "add": [{"address": f"person{n}@example.com"}, {"address": f"home{n}@example.org", "label": "home"}]
        },
        "phones": {"add": [{"number": f"+316{10_000_000 + n:08}"}]},
        "addresses": {
            "add": [
                {
                    "street": "Kerkstraat",
                    "house_number": str(n % 300),
                    "postal_code": zip_code,
                    "city": city,
                    "country_code": country,
                }
            ]
        },
        "tags": {"add": draw.sample(TAGS, 2)},
    }


async def fill(ctx: Context, count: int) -> list[ObjectId]:
    """Write customers 0 to count - 1 with their identifiers and a history of two saves; return their ids in order."""
    made: list[ObjectId] = []
    for start in range(0, count, BATCH):
        docs: list[Doc] = []
        changes: list[Doc] = []
        holders: list[Any] = []
        for n in range(start, min(start + BATCH, count)):
            doc, saves = _saved(ctx, n)
            docs.append(doc)
            changes += saves
            holders += [
                InsertOne({"_id": rules.identifier_id(ctx.keys, kind, value), "type": kind, "holders": [doc["_id"]]})
                for kind, value, _ in identifiers(doc)
            ]
        await ctx.db[store.CUSTOMERS].insert_many(docs)
        await ctx.db[store.IDENTIFIERS].bulk(holders)
        await ctx.db[history.CHANGES].insert_many(changes)
        made += [doc["_id"] for doc in docs]
    return made


def _saved(ctx: Context, n: int) -> tuple[Doc, list[Doc]]:
    customer_id, changes = ObjectId(), []
    doc: Doc = {}
    for raw in (person(n), {"job_title": f"Title {n % 50}"}):
        parsed = parsing.parse(raw, acts.reader(ctx))
        paths = edits.diff(doc, parsed.edit)
        doc = rules.prepared(ctx, customer_id, doc, paths, ctx.now())
        doc.update(derived(doc))
        changes.append(
            {
                "customer_id": customer_id,
                "version": doc["version"],
                "at": doc["updated_at"],
                "actor": ctx.caller.actor,
                "source": "API",
                "action": "UPDATE" if doc["version"] > 1 else "CREATE",
                "run": None,
                "reverts": None,
                "personal": {"reason": None, "paths": [one.doc for one in paths]},
            }
        )
    return doc, changes


def rows(count: int) -> Iterator[list[str]]:
    """Yield CSV rows of new people, with the header first."""
    yield list(HEADER)
    for n in range(count):
        one = person(n)
        address = one["addresses"]["add"][0]
        yield [
            one["given_name"], one["family_name"], f"import{n}@example.net", one["phones"]["add"][0]["number"],
            one["gender"][0], one["date_of_birth"], address["street"], address["house_number"], address["postal_code"],
            address["city"], address["country_code"], one["job_title"] or "", one["organization"],
            ",".join(one["tags"]["add"]), f"I{n:07}",
        ]  # fmt: skip


def write_csv(path: Path, count: int) -> None:
    """Write such a file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows(count))
