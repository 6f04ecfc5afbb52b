"""Runs and workers are about acts, not about persons."""

from __future__ import annotations

from api.core.personal import Holding

HOLDINGS = (
    Holding(
        collection="runs",
        excused="Acts on many people: counts, a title, who started them. What one did to a person stands in her changes "
        "and import rows.",
    ),
    Holding(
        collection="run_chunks",
        excused="Numbers of the customers that a run chose, for a while; each is told what it holds by its own copy.",
    ),
    Holding(collection="run_leases", excused="Which worker holds a run."),
    Holding(collection="run_cancels", excused="Which colleague wants a run to end."),
    Holding(collection="workers", excused="Which workers are there."),
    Holding(collection="schedulers", excused="Which scheduler leads."),
)
