"""Runs and workers are about acts, not about persons."""

from __future__ import annotations

from api.core.personal import Holding

HOLDINGS = (
    Holding(
        collection="runs",
        excused="Acts on many people: counts, a title, who started them. What one did to a person stands in her changes "
        "and import rows.",
        stays="Counts of acts on many. The title of an import that held her, which may be the name of a file, is replaced "
        "together with its rows, and an export under way that holds her is ended with its file. The number of whom a copy was "
        "made for leads nowhere once she went.",
    ),
    Holding(
        collection="run_chunks",
        excused="Numbers of the customers that a run chose, for a while; each is told what it holds by its own copy.",
        stays="Numbers that lead nowhere once she went, for 8 days: by them files that hold her are found.",
    ),
    Holding(
        collection="run_leases",
        excused="Which worker holds a run.",
        stays="Which worker holds a run is about no customer.",
    ),
    Holding(
        collection="run_cancels",
        excused="Which colleague wants a run to end.",
        stays="Which colleague wants a run to end is about no customer.",
    ),
    Holding(collection="workers", excused="Which workers are there.", stays="Workers are processes, not persons."),
    Holding(collection="schedulers", excused="Which scheduler leads.", stays="Schedulers are processes, not persons."),
)
