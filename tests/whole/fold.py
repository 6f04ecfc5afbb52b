"""What must hold in every database that a test leaves behind: looked at before it is dropped.

The fold of each customer's changes equals its document; versions have no gaps; the changes of one who is gone say nothing;
of one who was anonymized nothing is left that had to go; identifiers and customers agree, and what is suppressed is nobody's;
and every stored document keeps MongoDB's rules and belongs to a declared collection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from api import indexes
from api.consent import chain, facts, fold as consent
from api.consent.model import Entry
from api.core.fields import Anonymize
from api.core.keys import Keys
from api.customers import edits, rules, standing
from api.customers.clearing import is_anonymized
from api.customers.derive import SHARED, derived, identifiers
from api.customers.model import FIELDS
from api.history.model import Change
from tests.engines import TOKENS
from tests.mongo_rules import document

Doc = dict[str, Any]


def faults_of(database: Any, keys: Keys) -> list[str]:
    """Return one sentence for everything that does not hold in a database; empty when all does."""
    names = set(database.list_collection_names()) - {TOKENS}
    found = [f"{name} is declared by no room" for name in names - indexes.declared().keys()]
    if "customers" in names or "changes" in names:
        found += _history(database)
        found += _identifiers(database, keys)
        found += _standing(database, keys)
        found += _consents(database, keys)
    for name in names & indexes.declared().keys():
        keys_of = [one.keys for one in indexes.declared()[name]]
        for doc in database[name].find():
            found += [f"{name} {doc['_id']}: {one}" for one in document(name, doc, keys_of)]
    return found


def _history(database: Any) -> Iterator[str]:
    changes: dict[Any, list[Change]] = defaultdict(list)
    said: set[Any] = set()
    for doc in database["changes"].find(sort=[("customer_id", 1), ("version", 1)]):
        changes[doc["customer_id"]].append(Change.of(doc))
        if doc["personal"] is not None or "title" in (doc["run"] or {}):
            said.add(doc["customer_id"])
    for doc in database["customers"].find():
        mine = changes.pop(doc["_id"], [])
        if [one.version for one in mine] != list(range(1, doc["version"] + 1)):
            yield f"customer {doc['_id']} has version {doc['version']}, its changes {[one.version for one in mine]}"
        if edits.fold(one.paths for one in mine) != edits.declared(doc):
            yield f"customer {doc['_id']} is not what its changes add up to"
        if any(doc.get(name) != value for name, value in derived(doc).items()):
            yield f"customer {doc['_id']} has derived values that do not follow from it"
        if [one.at for one in mine] != sorted(one.at for one in mine):
            yield f"the changes of customer {doc['_id']} go back in time"
        yield from _steps(doc["_id"], mine)
        yield from _anonymized(doc)
    for customer_id, mine in changes.items():
        if customer_id in said:
            yield f"changes of customer {customer_id}, who does not exist, still say something"
        if [one.version for one in mine] != list(range(1, len(mine) + 1)):
            yield f"the blanked changes of customer {customer_id} have gaps"


def _anonymized(doc: Doc) -> Iterator[str]:
    if not is_anonymized(doc):
        return
    for name, spec in FIELDS.items():
        value = doc.get(name)
        if value is None:
            continue
        if spec.field.anonymize is Anonymize.REMOVE:
            yield f"the anonymized customer {doc['_id']} still has {name}"
        if spec.field.generalize and spec.field.generalize(value) != value:
            yield f"the anonymized customer {doc['_id']} has {name} as it was"


def _standing(database: Any, keys: Keys) -> Iterator[str]:
    facts = {doc["_id"]: doc.get("facts", standing.NO_FACTS) for doc in database["identifiers"].find()}
    for doc in database["customers"].find():
        found = doc.get("standing", [])
        meant = {rules.identifier_id(keys, kind, value) for kind, value in standing.addresses(doc)}
        if {one["i"] for one in found if one["kind"] != standing.OWN} != meant:
            yield f"customer {doc['_id']} repeats the facts of identifiers that it does not hold"
        if any(
            {name: one[name] for name in standing.NO_FACTS} != facts[one["i"]] for one in found if one["i"] in facts
        ):
            yield f"customer {doc['_id']} repeats facts that are no longer those of its identifiers"
        if standing.with_last(found) != found:
            yield f"customer {doc['_id']} has a wrong identifier as its newest"


def _consents(database: Any, keys: Keys) -> Iterator[str]:
    chains: dict[Any, list[Doc]] = defaultdict(list)
    for doc in database["consent_ledger"].find(sort=[("subject", 1), ("seq", 1)]):
        chains[doc["subject"]].append(doc)
    for doc in database["identifiers"].find({"subject": {"$exists": True}}):
        entries = chains.pop(doc["subject"], [])
        yield from (one.message for one in chain.check(keys, doc["subject"], entries, doc["head"]))
        matters = consent.fold(Entry.of(one) for one in entries)
        if consent.write(matters) != doc["matters"]:
            yield f"identifier {doc['_id']} does not stand where its entries lead"
        if facts.of(matters, doc) != doc["facts"]:
            yield f"identifier {doc['_id']} has facts that do not follow from where it stands"
    yield from (f"the ledger has a chain {one} of nobody" for one in chains)


def _steps(customer_id: Any, changes: list[Change]) -> Iterator[str]:
    doc: Doc = {}
    for change in changes:
        for one in change.paths:
            if edits.value_at(doc, one.path) != one.before:
                yield f"change {change.version} of customer {customer_id} says a wrong `before` of {one.path}"
        doc = edits.apply(doc, change.paths)


def _identifiers(database: Any, keys: Keys) -> Iterator[str]:
    meant: dict[str, set[Any]] = defaultdict(set)
    for doc in database["customers"].find():
        for kind, value, _ in identifiers(doc):
            meant[rules.identifier_id(keys, kind, value)].add(doc["_id"])
    for doc in database["identifiers"].find():
        if doc["type"] == standing.OWN:
            meant[doc["_id"]] = {
                one for one in doc["holders"] if rules.identifier_id(keys, standing.OWN, str(one)) == doc["_id"]
            }
        holders = doc.get("holders", [])
        if set(holders) != meant.pop(doc["_id"], set()) or len(holders) != len(set(holders)):
            yield f"identifier {doc['_id']} has holders {holders} that do not agree with the customers"
        if doc["type"] not in SHARED and len(holders) > 1:
            yield f"identifier {doc['_id']} belongs to several"
        if "suppressed" in doc and holders:
            yield f"identifier {doc['_id']} is suppressed, and belongs to somebody"
    yield from (f"identifier {one} does not exist" for one in meant)
