"""Filters and the search box over a million rows: whole pages against page 1, SQL against SQL written by hand.

A condition on lines or customers can be written by hand in two ways, each bad at one kind of term: a correlated
EXISTS walks the list and suits common terms, a union of id-sets suits rare ones. The product is held against the
better of the two.
"""

import http.client
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy.engine import URL

from tests.benchmarks.floor_sql import SELECT
from tests.benchmarks.measuring import Target, compare, compare_calls
from tests.benchmarks.pages import Result, ratio
from tests.benchmarks.servers import PATIENCE_SECONDS
from webapp.extensions import db, settings
from webapp.queries.filters import to_text, typed
from webapp.queries.fulfillments import Criteria, Sort, count, list_page
from webapp.queries.listing import search
from webapp.queries.scope import EVERYWHERE

TERMS = {"common": ("tea", "son"), "rare": ("tea-0002", "m\u00fcller"), "empty": ("nothere", "qqqzzz")}
"""Of each kind a part of a SKU and a part of a customer's name, in the seeded data."""

THREE = 'status:fulfilled warehouse:"Reno" created:past_year'
PAGES = {
    "one condition, common": ("status:fulfilled", 1.5),
    "one condition, rare": ("id:1000..1010", 1.5),
    "three ANDed conditions, common": (THREE, 1.5),
    "three ANDed conditions, rare": ("status:packed warehouse:Reno created:past_30_days", 1.5),
    "nested AND/OR over lines and customers": ("(status:fulfilled (sku:tea OR customer:son)) OR city:Reno", None),
    "no line with a SKU": ("-sku:tea", None),
}
SEARCHES = {"common": "son", "uncommon": "m\u00fcller", "rare": "m\u00fcller47", "empty": "qqqzzz"}
"""In the seeded data found in 54,000, 5,900, a few and none of a million shipments."""

HOPELESS = '-sku:zqa -sku:zqb -sku:zqc -sku:zqd -customer:" "'
"""Every shipment passes all of them but the last, which none does and no index knows."""

NAMES = ("common", "uncommon", "empty")
"""Those of them that are parts of customers' names, so that an index of that one field finds about as many."""

ONE_FIELD = "f.sales_order_id IN (SELECT o2.id FROM sales_orders o2 WHERE {found}{name})"
CORRELATED = """(EXISTS (SELECT 1 FROM fulfillment_lines l JOIN products p ON p.id = l.product_id
 WHERE l.fulfillment_id = f.id AND {sku})
 OR EXISTS (SELECT 1 FROM sales_orders o2 WHERE o2.id = f.sales_order_id AND {name}))"""
ID_SETS = """f.id IN (SELECT l.fulfillment_id FROM fulfillment_lines l WHERE l.product_id IN
 (SELECT p.id FROM products p WHERE {sku})
 UNION SELECT f2.id FROM fulfillments f2 WHERE f2.sales_order_id IN (SELECT o2.id FROM sales_orders o2
 WHERE {found}{name}))"""


@dataclass(frozen=True)
class Dialect:
    """How the two databases write a text that contains another, and look it up in their trigram index."""

    sku: str
    name: str
    found: str

    def statement(self, shape: str) -> str:
        return SELECT.format(where=shape.format(sku=self.sku, name=self.name, found=self.found))


SQLITE = Dialect(
    "lower(p.sku) LIKE :sku",
    "lower(o2.name) LIKE :name",
    "o2.id IN (SELECT rowid FROM sales_order_fts WHERE sales_order_fts MATCH :match) AND ",
)
POSTGRES = Dialect('lower(p.sku COLLATE "C") LIKE %(sku)s', 'lower(o2.name COLLATE "C") LIKE %(name)s', "")


def pages(port: int, cookie: Mapping[str, str]) -> list[Result]:
    """Whole pages with filters and with a search, against the first page of the list."""
    zone = settings().business_time_zone
    targets = {"first": Target(port, "/fulfillments", cookie)}
    for what, (text, _) in PAGES.items():
        query = urlencode({"filter_groups": to_text(typed.parse(text, zone=zone))})
        targets[what] = Target(port, f"/fulfillments?{query}", cookie)
    for what, text in SEARCHES.items():
        targets[f"search, {what}"] = Target(port, f"/fulfillments?{urlencode({'q': text})}", cookie)
    times = compare(targets, rounds=20)
    gates = {what: gate for what, (_, gate) in PAGES.items()} | {f"search, {what}": 3 for what in SEARCHES}
    found = [ratio(what, times[what], "page 1", times["first"], gate) for what, gate in gates.items()]
    return [*found, _stopped(port, cookie)]


def _stopped(port: int, cookie: Mapping[str, str]) -> Result:
    """A filter that no page can be made of ends in a message that says which condition, or all, are to blame."""
    tree = to_text(typed.parse(HOPELESS, zone=settings().business_time_zone))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begin = time.perf_counter()
    connection.request("GET", f"/fulfillments?{urlencode({'filter_groups': tree})}", headers=dict(cookie))
    body = connection.getresponse().read().decode()
    taken = (time.perf_counter() - begin) * 1000
    if not ("would take too long to look through" in body or "matches too little of too much" in body):
        raise RuntimeError(f"The hopeless filter was not refused: {body[-3000:]}")
    return ratio("a hopeless filter, refused", taken, "its time limit", PATIENCE_SECONDS * 1000, 3)


def statements(url: URL) -> list[Result]:
    """What the product asks the database for one page, against the better of two statements written by hand."""
    results = []
    for kind, terms in TERMS.items():
        floors = _floors(url, *terms)
        criteria = _criteria(f"sku:{terms[0]} OR customer:{terms[1]}")
        times = compare_calls({"product": lambda c=criteria: list_page(c, Sort(), 50), **floors}, rounds=12)
        way = min(floors, key=lambda one: times[one])
        results.append(ratio(f"line OR customer, {kind}, SQL", times["product"], f"{way} by hand", times[way], 2))
    return [*results, *_searches(url), *_counts(url)]


def _searches(url: URL) -> list[Result]:
    """What a search in all fields asks for, against one field asked by hand through its trigram index."""
    results = []
    for kind in NAMES:
        by_hand = _by_hand(url, {"one field": ONE_FIELD}, "", SEARCHES[kind])["one field"]
        criteria = Criteria(scope=EVERYWHERE, search=search.parse(SEARCHES[kind]))
        calls = {"product": lambda c=criteria: list_page(c, Sort(), 50), "one field": by_hand}
        times = compare_calls(calls, rounds=20)
        results.append(ratio(f"search, {kind}, SQL", times["product"], "one field by hand", times["one field"], 2))
    return results


def _counts(url: URL) -> list[Result]:
    """The bounded count of a filter on the shipment, against the same count written by hand."""
    inner = "SELECT 1 FROM fulfillments WHERE voided_at IS NULL AND archived_at IS NULL AND status = 'fulfilled'"
    raw = f"SELECT count(*) FROM ({inner} AND cost > {_amount(5)} LIMIT 10001) x"
    run = _runner(url)
    criteria = _criteria("status:fulfilled cost:>5")
    times = compare_calls({"product": lambda: count(criteria), "raw": lambda: run(raw, {})}, rounds=20)
    return [ratio("bounded count of two conditions", times["product"], "raw count", times["raw"], 1.5)]


def _amount(value: int) -> int:
    """An amount as the database holds it: SQLite in ten-thousandths."""
    return value * 10_000 if settings().is_sqlite else value


def _criteria(text: str) -> Criteria:
    return Criteria(scope=EVERYWHERE, filter=typed.parse(text, zone=settings().business_time_zone))


def _floors(url: URL, sku: str, name: str) -> dict[str, Callable[[], Any]]:
    return _by_hand(url, {"correlated": CORRELATED, "id-set": ID_SETS}, sku, name)


def _by_hand(url: URL, shapes: Mapping[str, str], sku: str, name: str) -> dict[str, Callable[[], Any]]:
    dialect = SQLITE if settings().is_sqlite else POSTGRES
    trigrams = " AND ".join(f'"{name[start : start + 3]}"' for start in range(len(name) - 2))
    values = {"sku": f"%{sku}%", "name": f"%{name}%", "match": f"{{name}} : ({trigrams})"}
    run = _runner(url)
    statements = {kind: dialect.statement(shape) for kind, shape in shapes.items()}
    return {kind: lambda sql=sql: run(sql, values) for kind, sql in statements.items()}


def _runner(url: URL) -> Callable[[str, Mapping[str, Any]], Any]:
    """Runs a statement with the bare driver."""
    if settings().is_sqlite:
        lite = sqlite3.connect(str(url.database), isolation_level=None)
        return lambda sql, values: lite.execute(sql, dict(values)).fetchall()
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    postgres = psycopg.connect(plain, autocommit=True)
    return lambda sql, values: postgres.execute(sql, values or None).fetchall()


def read_only() -> None:
    """Ask as pages do: without transactions."""
    db.session().info["reading"] = True
