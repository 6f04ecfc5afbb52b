"""Certificates: what a run cleared and what was searched afterwards, signed, to be checked without this installation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import Act
from api.privacy import store
from api.privacy.needles import MIN_CHARACTERS, MIN_DIGITS
from api.privacy.search import LEFT_OUT, Found

FORMAT = "regulars-certificate"
VERSION = 1
MAX_NAMED = 1_000
RULES = (
    (
        "Every string and every text kept as bytes was read, in each collection named here and, where `redis` says so, in "
        "Redis; links, JSON and base64 in them were unpacked."
    ),
    (
        "Searched for were the email addresses, phone numbers, bank accounts, reference ids and devices by which these "
        "persons were known, now or once, but for those that somebody else held when they went."
    ),
    (
        f"Not searched for were those of fewer than {MIN_CHARACTERS} characters, and numbers of fewer than {MIN_DIGITS} digits: "
        "they stand in many places and mean nobody there."
    ),
    (
        "What a customer held when it was searched for is no remnant, because it is that customer's now; `held` counts "
        "these finds."
    ),
    (
        "What is stored encrypted was not opened. Names, addresses of streets and other texts are cleared by the place where "
        "they stand; they were not searched for, because others have the same."
    ),
    (
        "Copies outside of the database and of Redis are not covered: backups, logs of other systems, files that were "
        "downloaded, and what the engines' own files keep until they are compacted."
    ),
)


@dataclass(frozen=True, slots=True)
class Persons:
    """Whom a certificate is about: by their old numbers, of many only how many and a digest of the sorted list."""

    count: int
    sha256: str
    named: tuple[str, ...]

    @property
    def doc(self) -> Doc:
        """How it is told."""
        found: Doc = {"count": self.count, "sha256": self.sha256}
        return {**found, "ids": list(self.named)} if self.count <= MAX_NAMED else found


async def persons(ctx: Context, run_id: ObjectId) -> Persons:
    """Return who went by a run. The digest is of their public ids in order, each followed by a line feed."""
    sha, count, named = hashlib.sha256(), 0, []
    async for docs in store.erasures_of(ctx, run_id):
        shown = [ids.show(ids.CUSTOMER, doc["_id"]) for doc in docs]
        sha.update("".join(f"{one}\n" for one in shown).encode())
        named += shown[: max(0, MAX_NAMED - count)]
        count += len(docs)
    return Persons(count, sha.hexdigest(), tuple(named))


def certificate(
    ctx: Context,
    run_id: ObjectId,
    act: Act,
    who: Persons,
    cleared: Mapping[str, int],
    found: Found,
    figures: Any,
) -> Doc:
    """Return the certificate as it is stored; `cleared` are documents by collection, `figures` what is JSON of them."""
    now = ctx.now()
    said: Doc = {
        "format": FORMAT,
        "version": VERSION,
        "issuer": ctx.settings.url,
        "run": ids.show(ids.RUN, run_id),
        "act": act.value,
        "madeAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "clean": found.is_clean,
        "persons": who.doc,
        "collections": [{"cleared": cleared.get(one["collection"], 0), **one} for one in found.collections],
        "redis": found.redis,
        "leftOut": [{"collection": name, "why": why} for name, why in LEFT_OUT.items()],
        "notSearched": found.not_searched,
        "figures": figures,
        "rules": list(RULES),
    }
    signed = ctx.keys.sign_document(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    return {"_id": run_id, "at": now, "clean": found.is_clean, "signed": signed}
