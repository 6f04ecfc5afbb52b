"""What this room itself stores."""

from __future__ import annotations

from api.core.personal import Holding

_RULES = "How long customers are kept: the same for everybody; an exemption may not name anybody."
_DAYS = "On which days a policy ran, and by which run; nothing about whom."

HOLDINGS = (
    Holding(collection="retention_policies", excused=_RULES, stays=_RULES),
    Holding(collection="retention_days", excused=_DAYS, stays=_DAYS),
)
