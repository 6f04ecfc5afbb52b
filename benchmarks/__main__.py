"""`make bench`: prints the tables of benchmarks/README.md.

Sizes and tables can be named: `python -m benchmarks 10000 100000`, `python -m benchmarks export 1000000`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pymongo

from benchmarks import clearing, consents, exporting, importing, serving
from jobs.engines import embedded_mongo, embedded_redis

SIZES = (10_000, 100_000)
ROUNDS = 200


def main() -> None:
    """Measure on MONGODB_URL and REDIS_URL, or on embedded engines of its own."""
    sizes = [int(one) for one in sys.argv[1:] if one.isdigit()] or list(SIZES)
    named = [one for one in sys.argv[1:] if not one.isdigit()] or list(TABLES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mongodb_url = os.environ.get("MONGODB_URL") or stack.enter_context(embedded_mongo(folder / "mongo"))
        redis_url = os.environ.get("REDIS_URL") or stack.enter_context(embedded_redis(folder / "redis"))
        print(f"Server: {_server(mongodb_url)}; {os.cpu_count()} cores; Python {sys.version.split()[0]}")
        for name in named:
            columns, measure = TABLES[name]
            print(f"\n| {columns} |\n|{'---|' * (columns.count('|') + 1)}")
            for size in sizes:
                for line in measure(mongodb_url, redis_url, size):
                    print(f"| {line} |", flush=True)


def _serving(mongodb_url: str, redis_url: str, size: int) -> Iterator[str]:
    for row in serving.run(mongodb_url, redis_url, size, ROUNDS):
        yield (
            f"{row.name} | {row.customers:,} | {row.ours.cpu_ms:.2f} | {row.bare.cpu_ms:.2f} | **{row.ratio:.1f}x** "
            f"| {row.ours.p50_ms:.1f} | {row.bare.p50_ms:.1f} | {row.ours.p95_ms:.1f} | {row.bare.p95_ms:.1f}"
        )


def _importing(mongodb_url: str, redis_url: str, size: int) -> Iterator[str]:
    one = importing.run(mongodb_url, redis_url, size)
    yield (
        f"{one.rows:,} | {one.plan:,.0f} | {one.apply:,.0f} | **{one.both:,.0f}** | {one.bare:,.0f} "
        f"| {one.bare / one.both:.1f}x | {one.peak_mb:,.0f} MB"
    )


def _exporting(mongodb_url: str, redis_url: str, size: int) -> Iterator[str]:
    one = exporting.run(mongodb_url, redis_url, size)
    yield (
        f"{one.rows:,} | {one.spreadsheet:,.0f} | **{one.machine:,.0f}** | {one.bare:,.0f} "
        f"| {one.bare / one.machine:.1f}x | {one.peak_mb:,.0f} MB | {one.resting_mb:,.0f} MB"
    )


def _clearing(mongodb_url: str, redis_url: str, size: int) -> Iterator[str]:
    one = clearing.run(mongodb_url, redis_url, size)
    yield (
        f"{one.customers:,} | {one.plan:,.0f} | **{one.clear:,.0f}** | {one.bare:,.0f} "
        f"| {one.bare / one.clear:.1f}x | {one.search:,.1f} s | {one.peak_mb:,.0f} MB"
    )


def _consents(mongodb_url: str, redis_url: str, size: int) -> Iterator[str]:
    one = consents.run(mongodb_url, redis_url, size)
    yield (
        f"{size:,} | **{one.ours:,.0f}** | {one.bare:,.0f} | {one.bare / one.ours:.1f}x | {one.one_p50:.1f} "
        f"| {one.one_p95:.1f} | {one.ask_p50:.0f} | {one.ask_p95:.0f}"
    )


TABLES: dict[str, tuple[str, Callable[[str, str, int], Iterator[str]]]] = {
    "serve": ("operation | customers | CPU ms | bare | ratio | p50 ms | bare | p95 ms | bare", _serving),
    "import": ("import, rows | plan rows/s | apply rows/s | plan + apply | bare | ratio | worker's peak", _importing),
    "export": ("export, rows | for spreadsheets rows/s | for machines | bare | ratio | worker's peak | at rest", _exporting),
    "anonymize": ("anonymize, customers | plan /s | clear /s | bare | ratio | search | worker's peak", _clearing),
    "consents": ("consents, of customers | items/s | bare | ratio | one p50 ms | p95 | contact 500 p50 ms | p95", _consents),
}  # fmt: skip


def _server(url: str) -> str:
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(url)
    info = client.admin.command("buildInfo")
    client.close()
    embedded = "embedded server, " if "secantus" in str(info).lower() else ""
    return f"{embedded}speaks MongoDB {info['version']}"


if __name__ == "__main__":
    main()
