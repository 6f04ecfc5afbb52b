"""Policies are about everybody alike."""

from __future__ import annotations

from api.core.personal import Holding
from api.retention import store

_RULES = "How long customers are kept: the same for everybody; an exemption may not name anybody."
_DAYS = "On which days a policy ran, and by which run; nothing about whom."

HOLDINGS = (
    Holding(collection=store.POLICIES, excused=_RULES, stays=_RULES),
    Holding(collection=store.DAYS, excused=_DAYS, stays=_DAYS),
)
