"""Who asks, with what, and when: the first argument of every rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from api.core.errors import Forbidden, Unauthenticated
from api.core.queue import Enqueue, nobody

if TYPE_CHECKING:
    from api.core.keys import Keys
    from api.core.mongo import Database
    from api.core.settings import Settings

ANYONE = "anyone"
SIGNED_IN = "signed-in"

Clock: TypeAlias = Callable[[], datetime]


class ActorKind(StrEnum):
    """What sort of caller acts."""

    ANONYMOUS = "ANONYMOUS"
    USER = "USER"
    API_KEY = "API_KEY"
    SYSTEM = "SYSTEM"


class Source(StrEnum):
    """Through which door a write came."""

    APP = "APP"
    API = "API"
    IMPORT = "IMPORT"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user, an API key, or the system itself."""

    kind: ActorKind
    id: str = ""
    name: str = ""
    permissions: frozenset[str] = frozenset()
    session_id: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    purposes: frozenset[str] | None = None
    """For what an API key may record consents; None: for everything."""

    def may(self, permission: str) -> bool:
        """Tell whether this caller holds a permission; `anyone` and `signed-in` are permissions too."""
        if permission == ANYONE:
            return True
        if self.kind is ActorKind.ANONYMOUS:
            return False
        return permission == SIGNED_IN or self.kind is ActorKind.SYSTEM or permission in self.permissions

    @property
    def actor(self) -> dict[str, str]:
        """The form in which records keep who acted: `{kind, id, name}`."""
        return {"kind": self.kind.value, "id": self.id, "name": self.name}


STRANGER = Caller(ActorKind.ANONYMOUS)
SYSTEM = Caller(ActorKind.SYSTEM, name="Regulars")


def utc_now() -> datetime:
    """Return the time, cut to the milliseconds that MongoDB keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


Post: TypeAlias = "Callable[[Context, str, str, str], Awaitable[object]]"


async def no_post(_ctx: Context, _to: str, _subject: str, _text: str) -> object:
    """Stand in where no mail can be written; whoever builds a context that may invite sets `mail.rules.send`."""
    message = "This context has no post: set Context.post to api.mail.rules.send."
    raise RuntimeError(message)


@dataclass(frozen=True)
class Context:
    """The database, the caller and the clock; one for each request or batch."""

    db: Database
    settings: Settings
    keys: Keys
    caller: Caller = STRANGER
    source: Source = Source.SYSTEM
    clock: Clock = utc_now
    enqueue: Enqueue = nobody
    post: Post = no_post
    address: str = ""
    memo: dict[Any, Any] = field(default_factory=dict)
    """What this request has loaded already."""

    def now(self) -> datetime:
        """Return the context's time, in UTC with milliseconds."""
        return self.clock()

    def as_(self, caller: Caller, source: Source | None = None) -> Context:
        """Return the same context for another caller."""
        return replace(self, caller=caller, source=source or self.source, memo={})

    def require(self, permission: str) -> None:
        """Raise Unauthenticated or Forbidden unless the caller holds the permission."""
        if self.caller.may(permission):
            return
        if self.caller.kind is ActorKind.ANONYMOUS:
            raise Unauthenticated
        raise Forbidden(f"This needs the permission {permission}.", extensions={"permission": permission})
