"""What can be agreed to: purposes, terms with their versions, named subscription lists, and who counts as reachable.

One document per thing, `_id` "purpose:MARKETING", "term:newsletter" or "list:weekly": `{_id, kind, name, about, archived_at,
created_at, created_by, updated_at, updated_by}` and

- purpose: `allow_unknown`, `allow_implicit`;
- term: `versions [{version, effective_from, created_at, created_by, texts [{locale, hash}]}]`, oldest first; the texts
  themselves are `term_texts {_id "newsletter/3/en", text}` and never change;
- list: `channel`, `purpose`, `double_opt_in`.

Keys never change. Nothing is deleted, only archived: it cannot be granted any more, and what was agreed to stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.core.mongo import Doc


class ConsentChannel(StrEnum):
    """A way to reach somebody."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    PHONE = "PHONE"
    PUSH = "PUSH"
    WEB_PUSH = "WEB_PUSH"
    POST = "POST"
    IN_APP = "IN_APP"


class Kind(StrEnum):
    """What a stored thing is; its id begins with it."""

    PURPOSE = "purpose"
    TERM = "term"
    LIST = "list"

    def id(self, key: str) -> str:
        """Return the stored id of a key."""
        return f"{self.value}:{key}"


# Without a word of the person nobody may be written to. Only messages about what a person has ordered or uses rest on more
# than consent, so an implicit consent is enough for them; a company that may do more says so in the reachability policy.
SEEDS: dict[str, Doc] = {
    Kind.PURPOSE.id(key): {
        "_id": Kind.PURPOSE.id(key),
        "kind": Kind.PURPOSE.value,
        "name": name,
        "about": about,
        "archived_at": None,
        "allow_unknown": False,
        "allow_implicit": implicit,
    }
    for key, name, about, implicit in (
        ("MARKETING", "Marketing", "News, offers and recommendations.", False),
        ("SERVICE", "Service", "Messages about orders, accounts and things that people use.", True),
        ("PROFILING", "Profiling", "Working out what people may like from what they do.", False),
        ("SHARING", "Sharing", "Passing data on to partners.", False),
    )
}
"""The purposes that are always there; a stored document overrides what it holds."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a consent is for, and what else lets us reach somebody for it."""

    key: str
    name: str
    about: str
    allow_unknown: bool
    """Who never said anything may be reached."""
    allow_implicit: bool
    """Who agreed implicitly, as by buying, may be reached."""
    archived_at: datetime | None

    @classmethod
    def of(cls, doc: Doc) -> Purpose:
        """Read the stored form."""
        return cls(
            _key(doc), doc["name"], doc["about"], doc["allow_unknown"], doc["allow_implicit"], doc.get("archived_at")
        )


@dataclass(frozen=True, slots=True)
class TermVersion:
    """One wording of a term, in some languages; it never changes."""

    number: int
    effective_from: datetime
    created_at: datetime
    created_by: dict[str, str]
    texts: dict[str, str]
    """The SHA-256 of each text by locale, in the order in which they were given."""

    @classmethod
    def of(cls, doc: Doc) -> TermVersion:
        """Read the stored form."""
        texts = {one["locale"]: one["hash"] for one in doc["texts"]}
        return cls(doc["version"], doc["effective_from"], doc["created_at"], doc["created_by"], texts)

    def locale_for(self, locale: str | None) -> str | None:
        """Return which text somebody of a locale is shown: the exact one, one of her language, else the first."""
        language = (locale or "").partition("-")[0]
        if locale in self.texts:
            return locale
        if language in self.texts:
            return language
        same = (one for one in self.texts if language and one.partition("-")[0] == language)
        return next(same, next(iter(self.texts), None))

    def hash_for(self, locale: str | None) -> str | None:
        """Return the hash of the text that somebody of a locale is shown."""
        found = self.locale_for(locale)
        return None if found is None else self.texts[found]


@dataclass(frozen=True, slots=True)
class Term:
    """A wording that people accept, with all its versions, oldest first."""

    key: str
    name: str
    about: str
    archived_at: datetime | None
    versions: tuple[TermVersion, ...]

    @classmethod
    def of(cls, doc: Doc) -> Term:
        """Read the stored form."""
        versions = tuple(TermVersion.of(one) for one in doc["versions"])
        return cls(_key(doc), doc["name"], doc["about"], doc["archived_at"], versions)

    def version(self, number: int) -> TermVersion | None:
        """Return a version by its number."""
        return next((one for one in self.versions if one.number == number), None)

    def version_at(self, moment: datetime) -> TermVersion | None:
        """Return the version in force at a moment; None before the first."""
        return next((one for one in reversed(self.versions) if one.effective_from <= moment), None)


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """A list that people subscribe to on one channel, for one purpose."""

    key: str
    name: str
    about: str
    channel: ConsentChannel
    purpose: str
    """The key of its purpose."""
    double_opt_in: bool
    archived_at: datetime | None

    @classmethod
    def of(cls, doc: Doc) -> SubscriptionList:
        """Read the stored form."""
        channel = ConsentChannel(doc["channel"])
        return cls(
            _key(doc), doc["name"], doc["about"], channel, doc["purpose"], doc["double_opt_in"], doc["archived_at"]
        )


@dataclass(frozen=True, slots=True)
class Known:
    """All that can be agreed to, by key, archived things too."""

    purposes: dict[str, Purpose]
    terms: dict[str, Term]
    lists: dict[str, SubscriptionList]

    @classmethod
    def of(cls, docs: Iterable[Doc]) -> Known:
        """Read the stored forms: purposes that are always there first, then each by its key."""
        stored: Mapping[str, Doc] = {doc["_id"]: doc for doc in docs}
        every = {one: {**seed, **stored.get(one, {})} for one, seed in SEEDS.items()}
        every |= {one: stored[one] for one in sorted(stored) if one not in every}
        return cls(
            {_key(one): Purpose.of(one) for one in every.values() if one["kind"] == Kind.PURPOSE},
            {_key(one): Term.of(one) for one in every.values() if one["kind"] == Kind.TERM},
            {_key(one): SubscriptionList.of(one) for one in every.values() if one["kind"] == Kind.LIST},
        )

    def keys(self, kind: Kind) -> frozenset[str]:
        """Return the keys of one kind."""
        return frozenset(
            {Kind.PURPOSE: self.purposes.keys(), Kind.TERM: self.terms.keys(), Kind.LIST: self.lists.keys()}[kind]
        )


def text_id(key: str, version: int, locale: str) -> str:
    """Return the stored id of a term's text."""
    return f"{key}/{version}/{locale}"


def _key(doc: Doc) -> str:
    return str(doc["_id"]).partition(":")[2]
