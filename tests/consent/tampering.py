"""What somebody may do who can write every collection and has no key: each changes one thing, as a seeded random says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from bson import ObjectId

from api.consent import facts
from tests.consent.hand import Hand

Tamper: TypeAlias = Callable[[Hand], None]


# --- entries ---


def a_byte_of_the_body(hand: Hand) -> None:
    """Change any byte."""
    doc = hand.entry()
    body = bytearray(doc["body"])
    body[hand.random.randrange(len(body))] ^= hand.random.randrange(1, 256)
    hand.put(doc, body=bytes(body))


def a_word_of_the_body(hand: Hand) -> None:
    """Say another state."""
    doc = hand.entry()
    states = [b"GRANTED", b"WITHDRAWN", b"DENIED", b"PENDING", b"EXPIRED"]
    (state,) = [one for one in states if b'"state":"' + one in doc["body"]]
    states.remove(state)
    hand.put(doc, body=doc["body"].replace(state, hand.random.choice(states)))


def a_letter_of_the_hash(hand: Hand) -> None:
    """Change a letter, the key's id included."""
    doc = hand.entry()
    hand.put(doc, hash=hand.other(doc["hash"]))


def another_hash(hand: Hand) -> None:
    """Put something else in its place."""
    one, other = hand.entry(), hand.owner()
    hand.put(one, hash=hand.random.choice(["", None, 7, other["head"]["hash"] + "x"]))


def the_place(hand: Hand) -> None:
    """Change an entry's place to a free one."""
    hand.put(hand.entry(), seq=hand.random.choice([0, -1, 99, 1.5, "2", None]))


def the_subject(hand: Hand) -> None:
    """Hang an entry on another chain, on one of nobody, or on what is none."""
    doc, other = hand.entry(), hand.owner()
    hand.put(doc, subject=hand.random.choice([ObjectId(), "x", None, 5]))
    if hand.random.random() < 0.5 and other["subject"] != doc["subject"]:
        hand.put(doc, subject=other["subject"], seq=other["head"]["seq"] + 1)


def the_topic(hand: Hand) -> None:
    """Let it be found under another topic, or none."""
    doc = hand.entry()
    topics = {"EMAIL/MARKETING", "EMAIL/SERVICE", "DO_NOT_SELL", None, "", 3} - {doc["topic"]}
    hand.put(doc, topic=hand.random.choice(sorted(topics, key=str)))


def the_time(hand: Hand) -> None:
    """Let it be recorded at another time."""
    doc = hand.entry()
    hand.put(doc, recorded_at=doc["recorded_at"] + timedelta(milliseconds=hand.random.choice([-1, 1, 86_400_000])))


def the_id(hand: Hand) -> None:
    """Give it another id."""
    doc = hand.entry()
    hand.ledger.delete_one({"_id": doc["_id"]})
    hand.ledger.insert_one({**doc, "_id": ObjectId()})


def the_personal_part(hand: Hand) -> None:
    """Change, add, or take away something personal."""
    doc = hand.entry()
    personal = dict(doc["personal"])
    name = hand.random.choice(sorted(personal))
    way = hand.random.randrange(3)
    if way == 0:
        personal[name] = hand.other(personal[name])
    elif way == 1:
        del personal[name]
    else:
        personal["reason"] = "Said so."
    hand.put(doc, personal=personal)


def no_personal_part(hand: Hand) -> None:
    """Blank it, without an entry that says so."""
    hand.put(hand.entry(), personal=hand.random.choice([None, {}, "x"]))


def a_field_less(hand: Hand) -> None:
    """Take a field away."""
    name = hand.random.choice(["body", "hash", "seq", "subject", "topic", "recorded_at", "personal"])
    doc = hand.entry()
    del doc[name]
    hand.replace([doc])


# --- chains ---


def an_entry_less(hand: Hand) -> None:
    """Delete at the front, in the middle, or at the end."""
    docs = hand.chain(hand.owner(3))
    doc = hand.random.choice([docs[0], docs[len(docs) // 2], docs[-1]])
    hand.ledger.delete_one({"_id": doc["_id"]})


def a_tail_less(hand: Hand) -> None:
    """Cut the last ones off; half of the time the head says so too."""
    owner = hand.owner(3)
    docs = hand.chain(owner)
    keep = hand.random.randrange(1, len(docs))
    hand.ledger.delete_many({"_id": {"$in": [one["_id"] for one in docs[keep:]]}})
    if hand.random.random() < 0.5:
        head = {"seq": keep, "hash": docs[keep - 1]["hash"]}
        hand.identifiers.update_one({"_id": owner["_id"]}, {"$set": {"head": head}})


def a_chain_less(hand: Hand) -> None:
    """Delete a whole chain; half of the time nothing names it any more."""
    owner = hand.owner()
    hand.ledger.delete_many({"subject": owner["subject"]})
    if hand.random.random() < 0.5:
        hand.identifiers.update_one(
            {"_id": owner["_id"]}, {"$unset": dict.fromkeys(("subject", "head", "matters", "facts"), 1)}
        )
        hand.show({**owner, "facts": facts.of({}, owner)})


def two_swapped(hand: Hand) -> None:
    """Let two entries of a chain change places, or what they say."""
    one, other = hand.random.sample(hand.chain(hand.owner(2)), 2)
    name = hand.random.choice(["seq", "body", "hash", "personal"])
    hand.replace([{**one, name: other[name]}, {**other, name: one[name]}])


def closed_ranks(hand: Hand) -> None:
    """Take one out and number those behind it anew, the head too."""
    owner = hand.owner(3)
    docs = hand.chain(owner)
    gone = hand.random.randrange(len(docs) - 1)
    hand.ledger.delete_one({"_id": docs[gone]["_id"]})
    hand.replace({**one, "seq": one["seq"] - 1} for one in docs[gone + 1 :])
    hand.identifiers.update_one({"_id": owner["_id"]}, {"$inc": {"head.seq": -1}})


def a_copy(hand: Hand) -> None:
    """Append a copy of an entry to a chain, mostly another's; half of the time the head knows it."""
    doc, owner = hand.entry(), hand.owner()
    copied = {**doc, "_id": ObjectId(), "subject": owner["subject"], "seq": owner["head"]["seq"] + 1}
    hand.ledger.insert_one(copied)
    if hand.random.random() < 0.5:
        hand.project(owner, hand.chain(owner))


def rolled_back(hand: Hand) -> None:
    """Cut the tail off with all that names it: head, matters, facts, standing. Only the seal knows."""
    owner = hand.owner(3)
    docs = hand.chain(owner)
    keep = docs[: hand.random.randrange(1, len(docs))]
    hand.ledger.delete_many({"_id": {"$in": [one["_id"] for one in docs[len(keep) :]]}})
    hand.project(owner, keep)


# --- what repeats the chains ---


def the_identifier(hand: Hand) -> None:
    """Let an address stand elsewhere, or nowhere."""
    owner = hand.owner()
    name = hand.random.choice(["head", "matters", "facts", "subject"])
    hand.identifiers.update_one({"_id": owner["_id"]}, {"$unset": {name: 1}})
    if hand.random.random() < 0.3:
        hand.identifiers.update_one({"_id": owner["_id"]}, {"$set": {name: hand.random.choice([None, "x", 1, [], {}])}})


def the_matters(hand: Hand) -> None:
    """Change one thing in where an address stands."""
    owner = hand.owner()
    matters = owner["matters"]
    said = hand.random.choice([one for row in matters for one in (row["refusal"], row["latest"]) if one])
    name, value = hand.random.choice([
        ("state", "UNKNOWN"), ("at", said["at"] + timedelta(hours=1)), ("entry", ObjectId()), ("version", 9),
        ("basis", "EXPLICIT" if said["basis"] != "EXPLICIT" else "IMPLICIT"),
    ])  # fmt: skip
    said[name] = value
    hand.identifiers.update_one({"_id": owner["_id"]}, {"$set": {"matters": matters}})


def the_facts(hand: Hand) -> None:
    """Let an address allow what it does not, its holders as well."""
    owner = hand.owner()
    values = owner["facts"]
    change = hand.random.choice([
        {"keys": [*values["keys"], "EMAIL/NEWS/GRANTED"]}, {"keys": values["keys"][1:]}, {"deliverable": False},
        {"known": ["EMAIL/NEWS"]},
    ])  # fmt: skip
    if {**values, **change} == values:
        change = {"deliverable": False}
    owner["facts"] = {**values, **change}
    hand.identifiers.update_one({"_id": owner["_id"]}, {"$set": {"facts": owner["facts"]}})
    if hand.random.random() < 0.5:
        hand.show(owner)


def the_standing(hand: Hand) -> None:
    """Let a customer stand elsewhere than her addresses."""
    doc = hand.random.choice(list(hand.customers.find(sort=[("_id", 1)])))
    rows = doc["standing"]
    row = hand.random.choice(rows)
    way = hand.random.randrange(4)
    if way == 0:
        row["keys"] = [*row["keys"], "EMAIL/MARKETING/GRANTED/EXPLICIT/2"]
    elif way == 1:
        rows.remove(row)
    elif way == 2:
        row["deliverable"] = not row["deliverable"]
    else:
        row["last"] = not row["last"]
    hand.customers.update_one({"_id": doc["_id"]}, {"$set": {"standing": rows}})


def a_yes_of_nobody(hand: Hand) -> None:
    """Let an address of which nothing was ever said agree, her holder with it."""
    owner = hand.random.choice(list(hand.identifiers.find({"subject": {"$exists": False}, "type": "email"})))
    yes = {"deliverable": True, "keys": ["EMAIL/MARKETING/GRANTED"], "known": ["EMAIL/MARKETING"]}
    if hand.random.random() < 0.5:
        hand.identifiers.update_one({"_id": owner["_id"]}, {"$set": {"facts": yes}})
    hand.show({**owner, "facts": yes})


def the_holders(hand: Hand) -> None:
    """Let an address be held by nobody, or by somebody else."""
    owner = hand.random.choice(list(hand.identifiers.find({"type": {"$ne": "reference_id"}}, sort=[("_id", 1)])))
    other = hand.random.choice([one["_id"] for one in hand.customers.find() if one["_id"] not in owner["holders"]])
    # Of an address with a chain nobody misses the holder but the customer, who repeats it.
    hand.identifiers.update_one({"_id": owner["_id"]}, {"$set": {"holders": hand.random.choice([[], [other]])}})


def two_chains_swapped(hand: Hand) -> None:
    """Hang the chains of two addresses on one another, with all that is known of them."""
    kind = hand.random.choice(["email", "phone", "customer"])
    both = hand.random.sample(list(hand.identifiers.find({"type": kind, "subject": {"$exists": True}})), 2)
    names = ("subject", "head", "matters", "facts")
    for one, other in (both, both[::-1]):
        values = {name: other[name] for name in names}
        hand.identifiers.update_one({"_id": one["_id"]}, {"$set": values})
        hand.show({**one, **values})


def a_chain_shared(hand: Hand) -> None:
    """Let an address of which nothing was said have the chain of another one."""
    owner = hand.owner()
    none = hand.random.choice(list(hand.identifiers.find({"subject": {"$exists": False}, "type": "email"})))
    values = {name: owner[name] for name in ("subject", "head", "matters", "facts")}
    hand.identifiers.update_one({"_id": none["_id"]}, {"$set": values})
    hand.show({**none, **values})


WAYS: tuple[Tamper, ...] = (
    a_byte_of_the_body, a_word_of_the_body, a_letter_of_the_hash, another_hash, the_place, the_subject, the_topic, the_time,
    the_id, the_personal_part, no_personal_part, a_field_less, an_entry_less, a_tail_less, a_chain_less, two_swapped,
    closed_ranks, a_copy, rolled_back, the_identifier, the_matters, the_facts, the_standing, a_yes_of_nobody, the_holders,
    two_chains_swapped, a_chain_shared,
)  # fmt: skip
