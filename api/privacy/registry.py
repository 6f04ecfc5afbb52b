"""Joins what every room declares of its collections; what is done with a person is a loop over it."""

from __future__ import annotations

import importlib
from pkgutil import walk_packages

import api
from api.core.idempotency import RECORDS
from api.core.personal import Holding

_ORDER = ("profile", "identifiers", "consents", "quarantine", "passedOn", "changes", "importRows", "mails", "accessLog")
"""In which a person reads the parts; others come after them."""
_OWN = (
    Holding(
        collection=RECORDS,
        excused="Which messages were answered already: digests, ids and codes, kept for 7 days.",
        stays="Keyed digests, ids and codes, for 7 days: whoever sends a message again is answered without a value.",
    ),
)


def _declared() -> tuple[Holding, ...]:
    """Return what the rooms declare in their `personal.py`, parts that are copied first."""
    found = list(_OWN)
    for module in walk_packages(api.__path__, "api."):
        if module.name.endswith(".personal"):
            found += getattr(importlib.import_module(module.name), "HOLDINGS", ())
    return tuple(sorted(found, key=_place))


def _place(one: Holding) -> tuple[int, bool, str]:
    place = _ORDER.index(one.part) if one.part in _ORDER else len(_ORDER) + (not one.part)
    # The bytes of files go last: until then files are found that have to.
    return (place, one.collection == "file_parts", one.collection)


HOLDINGS: tuple[Holding, ...] = _declared()
COPIED: tuple[Holding, ...] = tuple(one for one in HOLDINGS if one.copy)
