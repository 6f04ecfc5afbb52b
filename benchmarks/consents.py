"""What recording consents costs, against bare transactions that insert the same documents, and what asking costs."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pymongo
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from api.core.settings import Settings
from benchmarks.importing import REGULARS
from benchmarks.measure import server
from benchmarks.serving import fill
from jobs.engines import free_port

BATCH = 500
TOGETHER = 100
"""Items in one transaction, as in api/consent/recording.py."""
BATCHES = 12
SINGLE = 200

RECORD = """mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) {
  entryId appliedAs receipt { jws } errors { code } } }"""
RECORDS = """mutation ($input: ConsentsRecordInput!) { consentsRecord(input: $input) {
  results { index entryId appliedAs receipt { jws } errors { code } } } }"""
ASK = """query ($input: ContactabilitiesInput!) { contactabilities(input: $input) {
  contactability { allowed reasons { code } } errors { code } } }"""


@dataclass(frozen=True)
class Figures:
    """Items a second of ours and of the bare transactions, and milliseconds of single requests."""

    ours: float
    bare: float
    one_p50: float
    one_p95: float
    ask_p50: float
    ask_p95: float


def run(url: str, redis_url: str, count: int) -> Figures:
    """Record consents of customers who are there, and ask for 500 of them."""
    database = f"regulars_bench_{os.urandom(4).hex()}"
    port = free_port()
    env = {
        "MONGODB_URL": url, "MONGODB_DATABASE": database, "REGULARS_SECRET": "a-key-of-the-benchmarks-only-0123456789",
        "PORT": str(port), "REGULARS_URL": f"http://127.0.0.1:{port}", "REGULARS_LOG_LEVEL": "warning",
        "REDIS_URL": redis_url,
    }  # fmt: skip
    asyncio.run(fill(Settings.from_env(env), count))
    asked = [str(REGULARS), "key", "create", "--role", "owner", "--name", "benchmarks"]
    made = subprocess.run(asked, env={**os.environ, **env}, check=True, capture_output=True, text=True)
    headers = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
    with (
        server("api.app:create_app", port, env),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client,
    ):

        def send(query: str, variables: dict[str, Any]) -> dict[str, Any]:
            answer = client.post("/graphql", json={"query": query, "variables": variables})
            while answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                time.sleep(0.2)
                answer = client.post("/graphql", json={"query": query, "variables": variables})
            body: dict[str, Any] = answer.json()
            if "errors" in body:
                raise RuntimeError(body["errors"])
            return body

        send(RECORDS, {"input": {"items": _items(0, 50)}})
        ours = _rate(lambda batch: send(RECORDS, {"input": _sent(batch, count)}))
        bare = _bare(url, database)
        one = _times(
            SINGLE, lambda n: send(RECORD, {"input": {**_items(n % count, 1)[0], "idempotencyKey": f"one {n}"}})
        )
        who = [{"email": f"person{n % count}@example.com"} for n in range(BATCH)]
        question = {"input": {"identifiers": who, "channel": "EMAIL", "purpose": "MARKETING"}}
        ask = _times(40, lambda _n: send(ASK, question))
    with pymongo.MongoClient[dict[str, Any]](url) as mongo:
        mongo.drop_database(database)
    return Figures(ours, bare, *one, *ask)


def _items(start: int, size: int) -> list[dict[str, Any]]:
    return [
        {
            "identifier": {"email": f"person{number}@example.com"}, "channel": "EMAIL", "purpose": "MARKETING",
            "state": "GRANTED", "evidence": {"formUrl": "https://shop.example/checkout", "ip": "192.0.2.7"},
        }
        for number in range(start, start + size)
    ]  # fmt: skip


def _sent(batch: int, count: int) -> dict[str, Any]:
    start = 50 + batch * BATCH % max(1, count - 50 - BATCH)
    return {"items": _items(start, BATCH), "idempotencyKey": f"batch {batch}"}


def _rate(send: Callable[[int], object]) -> float:
    started = time.perf_counter()
    for batch in range(BATCHES):
        send(batch)
    return BATCHES * BATCH / (time.perf_counter() - started)


def _bare(url: str, database: str) -> float:
    """Insert what was written (entry, subject, standing, receipt's record) anew, 100 of each in one transaction."""
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        db = client[database]
        entries = list(db["consent_ledger"].find().limit(BATCHES * BATCH))
        subjects = {one["subject"]: one for one in db["identifiers"].find({"subject": {"$exists": True}})}
        shown = {one["holders"][0]: one for one in subjects.values() if one["holders"]}
        standing = {
            one["_id"]: one["standing"] for one in db["customers"].find({"_id": {"$in": list(shown)}}, {"standing": 1})
        }
        rows = []
        for place, entry in enumerate(entries):
            subject = subjects[entry["subject"]]
            rows.append(
                (
                    {**entry, "_id": place},
                    {**subject, "_id": place},
                    {"_id": place, "standing": standing[subject["holders"][0]]},
                    {
                        "_id": place,
                        "digest": "0" * 32,
                        "receipt": {"entry": entry["_id"]},
                        "expires_at": entry["recorded_at"],
                    },
                )
            )
        names = ("bare_ledger", "bare_subjects", "bare_standing", "bare_records")
        for name in names:
            db.create_collection(name)
        started = time.perf_counter()
        for start in range(0, len(rows), TOGETHER):
            some = rows[start : start + TOGETHER]
            with (
                client.start_session() as session,
                session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority", j=True)),
            ):
                for name, docs in zip(names, zip(*some, strict=True), strict=True):
                    db[name].insert_many(docs, session=session)
        return len(rows) / (time.perf_counter() - started)


def _times(rounds: int, act: Callable[[int], object]) -> tuple[float, float]:
    taken = []
    for number in range(rounds):
        started = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
