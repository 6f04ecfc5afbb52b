"""Ids as callers see them: an ObjectId behind a prefix that names its kind, `cus_65f...`."""

from __future__ import annotations

from bson import ObjectId

from api.core.errors import NotFound

CUSTOMER, RUN, FILE, USER, ROLE, KEY, MAIL, CHANGE, ACCESS, ENTRY, QUARANTINED, WEBHOOK, DELIVERY, RETENTION = (
    "cus",
    "run",
    "fil",
    "usr",
    "rol",
    "key",
    "mai",
    "chg",
    "acc",
    "cen",
    "qua",
    "whk",
    "whd",
    "ret",
)


def show(prefix: str, object_id: ObjectId) -> str:
    """Return the public form of an id."""
    return f"{prefix}_{object_id}"


def read(prefix: str, public: str) -> ObjectId:
    """Return the stored id; raise NotFound for another kind's or a malformed one.

    Only the one canonical spelling is read, so that two spellings never name one thing.
    """
    head, _, tail = public.partition("_")
    if head != prefix or len(tail) != 24 or tail != tail.lower() or not ObjectId.is_valid(tail):  # noqa: PLR2004
        raise NotFound
    return ObjectId(tail)


def new() -> ObjectId:
    """Draw a new id; draw it before a transaction, so that a retry writes the same."""
    return ObjectId()
