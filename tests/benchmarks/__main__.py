"""`make bench`: measure product and floors over a million shipments on both databases, and print ratios."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy.engine import URL

from tests.benchmarks import data, exports, filters, pages, voids
from tests.benchmarks.measuring import Target, compare
from tests.benchmarks.pages import Result
from tests.benchmarks.servers import contestants, sign_in
from webapp.embedded_redis import embedded_redis

SMALL = 10_000


def main() -> int:
    """Print one table per database; the exit code says whether every gate holds."""
    options = _options()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, embedded_redis(Path(folder)) as redis_url:
        for database in options.databases:
            with _urls(database, options.shipments) as (small, large):
                results = measure(small, large, redis_url, options.shipments)
            print(table(f"{database}, {options.shipments:,} shipments", results), flush=True)
            failed += sum(result.holds is False for result in results)
    print("every gate holds" if not failed else f"{failed} gates do not hold")
    return min(failed, 1)


def measure(small: URL, large: URL, redis_url: str, shipments: int) -> list[Result]:
    """Everything for one kind of database."""
    places = {}
    for url, size in ((small, SMALL), (large, shipments)):
        with data.application(url, redis_url):
            data.ready(size)
            places[size] = data.landmarks()
    with contestants(large, redis_url) as ports, contestants(small, redis_url) as small_ports:
        cookie = sign_in(ports["product"], data.USERNAME, data.PASSWORD)
        small_cookie = sign_in(small_ports["product"], data.USERNAME, data.PASSWORD)
        results = pages.measure(ports, cookie, places[shipments])
        with data.application(large, redis_url):
            filters.read_only()
            results += [*filters.pages(ports["product"], cookie), *filters.statements(large)]
        results += voids.measure(large, redis_url)
        results += exports.measure(large)
        ways = {
            "page 1": ("/fulfillments",) * 2,
            "page half way down": tuple(
                f"/fulfillments?cursor={places[n].deep_cursor}" for n in (SMALL, shipments)
            ),
            "counts": ("/fulfillments/count",) * 2,
            "a condition on lines": (f"/fulfillments?{urlencode({'filter[item_sku.contains]': 'tea'})}",) * 2,
        }
        for what, (small_path, large_path) in ways.items():
            times = compare(
                {
                    "small": Target(small_ports["product"], small_path, small_cookie),
                    "large": Target(ports["product"], large_path, cookie),
                }
            )
            gate = 2.5 if what in {"page 1", "a condition on lines"} else 2
            results.append(
                pages.ratio(f"growth of {what}", times["large"], f"{SMALL:,} rows", times["small"], gate)
            )
    return results


def table(title: str, results: list[Result]) -> str:
    """A Markdown table, ready for docs/performance.md."""
    lines = [f"\n### {title}\n", "| what | p50 | against | ratio | gate | |", "|---|---:|---|---:|---|---|"]
    for result in results:
        mark = {True: "holds", False: "**missed**", None: ""}[result.holds]
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        lines.append(
            f"| {result.what} | {result.value:.2f} {result.unit} | {result.against} "
            f"| {ratio} | {result.gate} | {mark} |"
        )
    return "\n".join(lines)


@contextlib.contextmanager
def _urls(database: str, shipments: int) -> Iterator[tuple[URL, URL]]:
    if database == "sqlite":
        yield data.sqlite_url(SMALL), data.sqlite_url(shipments)
        return
    server = os.environ.get("BENCH_POSTGRES_URL") or os.environ.get("TEST_POSTGRES_URL")
    if not server:
        sys.exit("Name a PostgreSQL server in BENCH_POSTGRES_URL, or leave it out with --databases sqlite.")
    yield data.postgres_url(server, SMALL), data.postgres_url(server, shipments)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--shipments", type=int, default=1_000_000)
    parser.add_argument(
        "--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
