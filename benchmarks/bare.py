"""What Regulars is measured against: the least that could do the same with the same server.

`app`: a Starlette route that fetches the same documents by id with the bare driver and dumps them with orjson.
`load`: a script that reads the CSV and upserts by email, 1,000 at a time, without validation or report.
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path
from typing import Any

import orjson
import pymongo
from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne
from pymongo.write_concern import WriteConcern
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BATCH = 1_000


def app() -> Starlette:
    """Return the bare app; `MONGODB_URL` and `BARE_DATABASE` say where."""
    held: dict[str, Any] = {}

    async def customers(request: Request) -> Response:
        if not held:
            client: Any = AsyncIOMotorClient(os.environ["MONGODB_URL"], tz_aware=True)
            held["customers"] = client[os.environ["BARE_DATABASE"]]["customers"]
        asked = orjson.loads(await request.body())
        wanted = [ObjectId(one) for one in asked["ids"]]
        found = await held["customers"].find({"_id": {"$in": wanted}}).to_list(len(wanted))
        return Response(orjson.dumps(found, default=str), media_type="application/json")

    return Starlette(routes=[Route("/customers", customers, methods=["POST"])])


def load(url: str, database: str, path: Path) -> float:
    """Load a CSV the bare way, acknowledged by the majority and journaled; return rows per second."""
    client: Any = pymongo.MongoClient(url, w="majority", journal=True)
    people = client[database].get_collection("bare_people", write_concern=WriteConcern("majority", j=True))
    people.create_index("email", unique=True)
    started, count = time.perf_counter(), 0
    with path.open(newline="", encoding="utf-8") as file:
        writes: list[UpdateOne] = []
        for row in csv.DictReader(file):
            writes.append(UpdateOne({"email": row["email"]}, {"$set": row}, upsert=True))
            count += 1
            if len(writes) == BATCH:
                people.bulk_write(writes)
                writes = []
        if writes:
            people.bulk_write(writes)
    seconds = time.perf_counter() - started
    people.drop()
    client.close()
    return count / seconds
