"""What the rules of consent say, written down once more as a story: sort what was said, then walk through it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from bson import ObjectId

from api.consent.fold import Said
from api.consent.model import ConsentBasis, ConsentSource, ConsentState

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = ["GRANTED", "PENDING", "EXPIRED", "DENIED", "WITHDRAWN"]
STATES = [ConsentState(one) for one in ORDER]


def random_history(random: Random, most: int = 12) -> list[Said]:
    """Return some things that somebody said, few moments among many, so that ties are common."""
    return [
        Said(
            ObjectId(),
            random.choice(STATES),
            random.choice(list(ConsentBasis)),
            random.choice(list(ConsentSource)),
            START + timedelta(hours=random.randrange(8)),
        )
        for _ in range(random.randrange(1, most))
    ]


def state_of(history: Sequence[Said]) -> ConsentState:
    """Return the state after a history, whatever order it arrived in."""
    state = ConsentState.UNKNOWN
    refused_at = None
    for said in sorted(history, key=lambda one: (one.at, ORDER.index(one.state))):
        if said.state in {"WITHDRAWN", "DENIED"}:
            state, refused_at = said.state, said.at
        elif state in {"WITHDRAWN", "DENIED"}:
            personal = said.source in {"FORM", "PARTNER", "CONFIRM", "ADMIN"}
            explicit = said.basis in {"EXPLICIT", "DOUBLE_OPT_IN"}
            if said.state == "GRANTED" and personal and explicit and refused_at is not None and said.at > refused_at:
                state = said.state
        else:
            state = said.state
    return state
