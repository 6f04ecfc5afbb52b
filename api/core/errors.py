"""Every error that a caller can meet.

    RegularsError               code, message, path: something the caller can act on
    ├── Invalid                 INVALID and its kin: an input that cannot be taken
    ├── NotFound                NOT_FOUND: no such thing, or not yours to see
    ├── Conflict                VERSION_CONFLICT, DUPLICATE_IDENTIFIER, IN_TRASH, ...: it clashes with what is stored
    ├── Forbidden               FORBIDDEN: signed in, but without the permission
    ├── Unauthenticated         UNAUTHENTICATED: not signed in
    ├── RateLimited             RATE_LIMITED: try again after some seconds
    └── Unavailable             UNAVAILABLE, TIMEOUT, FILTER_TOO_BROAD: the server cannot answer now

Rules raise these, mutations answer them as data (`errors: [UserError!]!`), queries as top-level errors with
`extensions.code`. Anything else is a bug: it is masked once, and logged once with a trace id.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one place of an input, as data."""

    code: str
    message: str
    path: Path = ()

    def under(self, *prefix: str) -> Problem:
        """Return the same problem with its path seen from further out."""
        return replace(self, path=(*prefix, *self.path))


@dataclass(eq=False)
class RegularsError(Exception):
    """An expected error: a stable code, a sentence to act on, and where it is."""

    message: str
    code: str = "INVALID"
    path: Path = ()
    extensions: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say the code only: messages may quote what a person typed, and logs must not."""
        return self.code

    @property
    def problem(self) -> Problem:
        """The same as data."""
        return Problem(self.code, self.message, self.path)

    def under(self, *prefix: str) -> Self:
        """Put the path under a prefix and return the error."""
        self.path = (*prefix, *self.path)
        return self


@dataclass(eq=False)
class Invalid(RegularsError):
    """An input that cannot be taken."""

    code: str = "INVALID"


@dataclass(eq=False)
class NotFound(RegularsError):
    """No such thing, or not yours to see."""

    message: str = "There is nothing with this id."
    code: str = "NOT_FOUND"


@dataclass(eq=False)
class Conflict(RegularsError):
    """It clashes with what is stored."""

    code: str = "CONFLICT"


@dataclass(eq=False)
class Forbidden(RegularsError):
    """Signed in, but without the permission; `extensions.permission` names it."""

    message: str = "You are not allowed to do this."
    code: str = "FORBIDDEN"


@dataclass(eq=False)
class Unauthenticated(RegularsError):
    """Not signed in, or the session has ended."""

    message: str = "Sign in first."
    code: str = "UNAUTHENTICATED"


@dataclass(eq=False)
class RateLimited(RegularsError):
    """Too many tries; `extensions.retryAfterSeconds` says when to come back."""

    message: str = "Too many tries. Wait a moment."
    code: str = "RATE_LIMITED"


@dataclass(eq=False)
class Unavailable(RegularsError):
    """The server cannot answer now; nothing was written."""

    message: str = "The database does not answer. Nothing was written; try again."
    code: str = "UNAVAILABLE"
