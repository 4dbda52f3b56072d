"""`make bench`: measure product and floors over a million shipments on both databases, and print ratios."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy.engine import URL

from tests.benchmarks import bulk, data, export_pages, exports, filters, pages, resyncs, voids
from tests.benchmarks.measuring import Target, compare
from tests.benchmarks.pages import Result
from tests.benchmarks.servers import contestants, sign_in
from webapp.embedded_redis import embedded_redis
from webapp.statuses import ExportFormat

SMALL = 10_000
FEW = 100_000
PARTS = ("pages", "filters", "growth", "voids", "bulk", "exports", "waiting", "beside", "large", "resyncs")
GROWING = (
    ("page 1", "/fulfillments", 2.5),
    ("page half way down", "/fulfillments?cursor={deep}", 2),
    ("counts", "/fulfillments/count", 2),
    ("a condition on lines", f"/fulfillments?{urlencode({'filter[item_sku.contains]': 'tea'})}", 2.5),
)


def main() -> int:
    """Print a table for each part and database as it is measured; the exit code says whether every gate holds."""
    options = _options()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, embedded_redis(Path(folder)) as redis_url:
        for database in options.databases:
            with _urls(database, options.shipments) as (small, large):
                bench = _Bench(small, large, redis_url, options.shipments, options.formats)
                for part in options.parts:
                    title = f"{part}, {database}, {options.shipments:,} shipments"
                    failed += print_table(title, bench.measure(part))
    print("every gate holds" if not failed else f"{failed} gates do not hold")
    return min(failed, 1)


class _Bench:
    """The parts for one kind of database, each with servers of its own."""

    def __init__(
        self, small: URL, large: URL, redis_url: str, shipments: int, formats: Collection[ExportFormat]
    ) -> None:
        self.formats = formats
        self.small, self.large_url, self.redis_url, self.shipments = small, large, redis_url, shipments
        self.places = {}
        for url, size in ((small, SMALL), (large, shipments)):
            with data.application(url, redis_url):
                data.ready(size)
                self.places[url] = data.landmarks()

    def measure(self, part: str) -> Iterable[Result]:
        results: Iterable[Result] = getattr(self, part)()
        return results

    def pages(self) -> list[Result]:
        with self._servers(self.large_url) as (ports, cookie):
            return pages.measure(ports, cookie, self.places[self.large_url])

    def filters(self) -> list[Result]:
        with self._servers(self.large_url) as (ports, cookie), data.application(self.large_url, self.redis_url):
            filters.read_only()
            return [*filters.pages(ports["product"], cookie), *filters.statements(self.large_url)]

    def growth(self) -> list[Result]:
        """The same page over a hundred times as many rows."""
        found = []
        with self._servers(self.large_url) as (ports, cookie), self._servers(self.small) as (few, small_cookie):
            for what, path, gate in GROWING:
                times = compare(
                    {
                        "small": Target(few["product"], self._path(path, self.small), small_cookie),
                        "large": Target(ports["product"], self._path(path, self.large_url), cookie),
                    }
                )
                found.append(
                    pages.ratio(f"growth of {what}", times["large"], f"{SMALL:,} rows", times["small"], gate)
                )
        return found

    def voids(self) -> list[Result]:
        return voids.measure(self.large_url, self.redis_url)

    def bulk(self) -> Iterator[Result]:
        """Ten thousand shipments of a database of its own, whatever the size of the others."""
        return bulk.measure(self.large_url.get_backend_name(), self.redis_url)

    def exports(self) -> Iterator[Result]:
        """Files of a hundred thousand shipments."""
        yield from exports.measure(self._hundred_thousand(), self.formats)

    def waiting(self) -> Iterator[Result]:
        """What exports of a hundred thousand shipments make people wait for."""
        yield from export_pages.measure(self._hundred_thousand(), self.redis_url)

    def beside(self) -> Iterator[Result]:
        """The list while files of all shipments are written."""
        yield from export_pages.beside(self.large_url, self.redis_url, self.formats)

    def large(self) -> Iterator[Result]:
        """Files of all shipments, in two rounds."""
        yield from exports.measure(self.large_url, self.formats, rounds=2, most=exports.MANY)

    def _hundred_thousand(self) -> URL:
        few = min(FEW, self.shipments)
        url = data.beside(self.large_url, few)
        with data.application(url, self.redis_url):
            data.ready(few)
        return url

    def resyncs(self) -> list[Result]:
        return resyncs.measure(self.large_url, self.redis_url)

    def _path(self, path: str, url: URL) -> str:
        return path.format(deep=self.places[url].deep_cursor)

    @contextlib.contextmanager
    def _servers(self, url: URL) -> Iterator[tuple[Mapping[str, int], Mapping[str, str]]]:
        with contestants(url, self.redis_url) as ports:
            yield ports, sign_in(ports["product"], data.USERNAME, data.PASSWORD)


def print_table(title: str, results: Iterable[Result]) -> int:
    """A Markdown table, ready for docs/performance.md; returns how many gates do not hold."""
    failed = 0
    print(f"\n### {title}\n\n| what | p50 | against | ratio | gate | |\n|---|---:|---|---:|---|---|", flush=True)
    for result in results:
        mark = {True: "holds", False: "**missed**", None: ""}[result.holds]
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        print(
            f"| {result.what} | {result.value:.2f} {result.unit} | {result.against} "
            f"| {ratio} | {result.gate} | {mark} |",
            flush=True,
        )
        failed += result.holds is False
    return failed


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
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument(
        "--formats", nargs="+", choices=exports.FORMATS, type=ExportFormat, default=exports.FORMATS,
        help="of exports, beside and large, which take minutes for each",
    )  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
