"""What purposes, terms and lists look like in GraphQL."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.dataloader import DataLoader

from api.access.model import Permission
from api.agreements import model, rules
from api.agreements.model import ConsentChannel
from api.core.context import SIGNED_IN
from api.core.graphql import Actor, Info, query

_TEXTS = "agreement texts"
MAX_BATCH = 500

strawberry.enum(ConsentChannel, description="A way to reach somebody.")


@strawberry.type
class Purpose:
    """What a consent is for, and what else lets us reach somebody for it."""

    key: str
    name: str
    about: str
    allow_unknown: bool = strawberry.field(description="Who never said anything may be reached.")
    allow_implicit: bool = strawberry.field(description="Who agreed implicitly, as by buying, may be reached.")
    archived_at: datetime | None

    @classmethod
    def of(cls, purpose: model.Purpose) -> Purpose:
        """Show a purpose."""
        return cls(
            key=purpose.key,
            name=purpose.name,
            about=purpose.about,
            allow_unknown=purpose.allow_unknown,
            allow_implicit=purpose.allow_implicit,
            archived_at=purpose.archived_at,
        )


@strawberry.type
class TermText:
    """The wording in one language."""

    locale: str
    text_hash: str = strawberry.field(description="SHA-256 of the text's exact UTF-8 bytes, in hexadecimal.")
    source: strawberry.Private[str]

    @strawberry.field
    async def text(self, info: Info) -> str:
        """Exactly what is shown to people."""
        memo = info.context.memo
        if _TEXTS not in memo:
            memo[_TEXTS] = _loader(info)
        loader: DataLoader[str, str] = memo[_TEXTS]
        return await loader.load(self.source)


@strawberry.type
class TermVersion:
    """One wording of a term, in some languages; it never changes."""

    version: int
    effective_from: datetime
    created_at: datetime
    texts: list[TermText]
    author: strawberry.Private[dict[str, str]]

    @query(needs=SIGNED_IN, description="Null without settings.consent: who reads a term need not know who works here.")
    def created_by(self, info: Info) -> Actor | None:
        """Show who wrote it to those who may change it."""
        return Actor.of(self.author) if info.context.caller.may(Permission.SETTINGS_CONSENT) else None

    @classmethod
    def of(cls, key: str, version: model.TermVersion) -> TermVersion:
        """Show a version of a term."""
        return cls(
            version=version.number,
            effective_from=version.effective_from,
            created_at=version.created_at,
            author=version.created_by,
            texts=[
                TermText(locale=locale, text_hash=digest, source=model.text_id(key, version.number, locale))
                for locale, digest in version.texts.items()
            ],
        )


@strawberry.type
class Term:
    """A wording that people accept."""

    key: str
    name: str
    about: str
    archived_at: datetime | None
    versions: list[TermVersion] = strawberry.field(description="Newest first.")

    @classmethod
    def of(cls, term: model.Term) -> Term:
        """Show a term."""
        return cls(
            key=term.key,
            name=term.name,
            about=term.about,
            archived_at=term.archived_at,
            versions=[TermVersion.of(term.key, one) for one in reversed(term.versions)],
        )


@strawberry.type
class SubscriptionList:
    """A list that people subscribe to on one channel, for one purpose."""

    key: str
    name: str
    about: str
    channel: ConsentChannel
    double_opt_in: bool = strawberry.field(description="Whoever subscribes has to confirm it first.")
    archived_at: datetime | None
    source: strawberry.Private[model.SubscriptionList]

    @classmethod
    def of(cls, one: model.SubscriptionList) -> SubscriptionList:
        """Show a list."""
        return cls(
            key=one.key,
            name=one.name,
            about=one.about,
            channel=one.channel,
            double_opt_in=one.double_opt_in,
            archived_at=one.archived_at,
            source=one,
        )

    @strawberry.field
    async def purpose(self, info: Info) -> Purpose:
        """What it is for."""
        return Purpose.of((await rules.known(info.context)).purposes[self.source.purpose])


def _loader(info: Info) -> DataLoader[str, str]:
    async def load(text_ids: list[str]) -> list[str]:
        found = await rules.texts(info.context, text_ids)
        return [found[one] for one in text_ids]

    return DataLoader(load, max_batch_size=MAX_BATCH)
