"""`make bench`: prints the tables of benchmarks/README.md. Sizes can be given: `python -m benchmarks 10000 100000`."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pymongo

from benchmarks import clearing, consents, exporting, importing, serving
from jobs.engines import embedded_mongo, embedded_redis

SIZES = (10_000, 100_000)
ROUNDS = 200


def main() -> None:
    """Measure on MONGODB_URL and REDIS_URL, or on embedded engines of its own."""
    sizes = [int(one) for one in sys.argv[1:]] or list(SIZES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mongodb_url = os.environ.get("MONGODB_URL") or stack.enter_context(embedded_mongo(folder / "mongo"))
        redis_url = os.environ.get("REDIS_URL") or stack.enter_context(embedded_redis(folder / "redis"))
        print(f"Server: {_server(mongodb_url)}; {os.cpu_count()} cores; Python {sys.version.split()[0]}\n")
        print("| operation | customers | CPU ms | bare | ratio | p50 ms | bare | p95 ms | bare |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
        for size in sizes:
            for row in serving.run(mongodb_url, redis_url, size, ROUNDS):
                print(
                    f"| {row.name} | {row.customers:,} | {row.ours.cpu_ms:.2f} | {row.bare.cpu_ms:.2f} | **{row.ratio:.1f}x** "
                    f"| {row.ours.p50_ms:.1f} | {row.bare.p50_ms:.1f} | {row.ours.p95_ms:.1f} | {row.bare.p95_ms:.1f} |",
                    flush=True,
                )
        print("\n| import, rows | plan rows/s | apply rows/s | plan + apply | bare script | ratio | worker's peak |")
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for size in sizes:
            one = importing.run(mongodb_url, redis_url, size)
            print(
                f"| {one.rows:,} | {one.plan:,.0f} | {one.apply:,.0f} | **{one.both:,.0f}** | {one.bare:,.0f} "
                f"| {one.bare / one.both:.1f}x | {one.peak_mb:,.0f} MB |",
                flush=True,
            )
        print(
            "\n| export, rows | for spreadsheets rows/s | for machines | bare script | ratio | worker's peak | at rest |"
        )
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for size in sizes:
            out = exporting.run(mongodb_url, redis_url, size)
            print(
                f"| {out.rows:,} | {out.spreadsheet:,.0f} | **{out.machine:,.0f}** | {out.bare:,.0f} "
                f"| {out.bare / out.machine:.1f}x | {out.peak_mb:,.0f} MB | {out.resting_mb:,.0f} MB |",
                flush=True,
            )
        print("\n| anonymize, customers | plan /s | clear /s | bare script | ratio | search | worker's peak |")
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for size in sizes:
            went = clearing.run(mongodb_url, redis_url, size)
            print(
                f"| {went.customers:,} | {went.plan:,.0f} | **{went.clear:,.0f}** | {went.bare:,.0f} "
                f"| {went.bare / went.clear:.1f}x | {went.search:,.1f} s | {went.peak_mb:,.0f} MB |",
                flush=True,
            )
        print(
            "\n| consents, of customers | items/s | bare transactions | ratio | one p50 ms | p95 | may I contact 500 p50 ms | p95 |"
        )
        print("|---:|---:|---:|---:|---:|---:|---:|---:|")
        for size in sizes:
            said = consents.run(mongodb_url, redis_url, size)
            print(
                f"| {size:,} | **{said.ours:,.0f}** | {said.bare:,.0f} | {said.bare / said.ours:.1f}x | {said.one_p50:.1f} "
                f"| {said.one_p95:.1f} | {said.ask_p50:.0f} | {said.ask_p95:.0f} |",
                flush=True,
            )


def _server(url: str) -> str:
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(url)
    info = client.admin.command("buildInfo")
    client.close()
    embedded = "embedded server, " if "secantus" in str(info).lower() else ""
    return f"{embedded}speaks MongoDB {info['version']}"


if __name__ == "__main__":
    main()
