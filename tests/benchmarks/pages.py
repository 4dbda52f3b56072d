"""The pages of the list and of one shipment, against the floors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.benchmarks.measuring import Target, compare, compressed, crowd, size_of


@dataclass(frozen=True)
class Result:
    """One line of the table: what was measured, against what, and the bound it must keep."""

    what: str
    value: float
    unit: str
    against: str
    ratio: float | None = None
    gate: str = ""
    holds: bool | None = None


@dataclass(frozen=True)
class Landmarks:
    """Places in the data that the measurements go to."""

    deep_id: int
    deep_cursor: str
    exact_number: str
    sku: str
    shipment_id: int


TABS = ("active", "shipped", "attention", "voided", "archived", "all")
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#results"}


def measure(ports: Mapping[str, int], cookie: Mapping[str, str], places: Landmarks) -> list[Result]:
    """Every line about pages for one database."""
    product = _product(ports["product"], cookie)
    floor = _floor(ports["floor"])
    return [
        *_page_one(product, floor),
        *_flask_admin(product, floor),
        *_depth(product, floor, places),
        *_tabs(product),
        *_search(product, places),
        *_parts(product, floor, places),
        *_crowd(product),
        *_sizes(product),
    ]


Maker = Callable[..., Target]


def _product(port: int, cookie: Mapping[str, str]) -> Maker:
    def make(path: str, *, fragment: bool = False) -> Target:
        return Target(port, path, {**cookie, **(FRAGMENT if fragment else {})})

    return make


def _floor(port: int) -> Maker:
    return lambda path: Target(port, path)


def _page_one(product: Maker, floor: Maker) -> list[Result]:
    times = compare(
        {
            "page": product("/fulfillments"),
            "rows": product("/fulfillments", fragment=True),
            "f0": floor("/f0"),
            "f1": floor("/f1"),
            "page, compressed": compressed(product("/fulfillments")),
            "rows, compressed": compressed(product("/fulfillments", fragment=True)),
            "f1, compressed": compressed(floor("/f1")),
        },
        rounds=100,
    )
    return [
        Result("F0: raw driver, joined strings", times["f0"], "ms", ""),
        Result("F1: Core and Jinja by hand", times["f1"], "ms", ""),
        ratio("list page 1, whole page", times["page"], "F1", times["f1"], 1.5),
        ratio("list page 1, whole page", times["page"], "F0", times["f0"], None),
        ratio("rows fragment", times["rows"], "F1", times["f1"], 1.2),
        ratio(
            "list page 1, compressed", times["page, compressed"], "F1, compressed", times["f1, compressed"], 1.5
        ),
        ratio(
            "rows fragment, compressed", times["rows, compressed"], "F1, compressed", times["f1, compressed"], 1.2
        ),
    ]


def _flask_admin(product: Maker, floor: Maker) -> list[Result]:
    """Flask-Admin's list as it comes, count and all; and what of the goal the floors themselves reach."""
    times = compare(
        {
            "page": product("/fulfillments"),
            "f0": floor("/f0"),
            "f1": floor("/f1"),
            "admin": floor("/flask-admin/shipments/"),
        },
        rounds=40,
    )
    admin = times["admin"]
    return [
        ratio("Flask-Admin's default list", admin, "list page 1", times["page"], 12, at_least=True),
        ratio("Flask-Admin's default list", admin, "F1", times["f1"], None),
        ratio("Flask-Admin's default list", admin, "F0", times["f0"], None),
    ]


def _depth(product: Maker, floor: Maker, places: Landmarks) -> list[Result]:
    times = compare(
        {
            "first": product("/fulfillments"),
            "deep": product(f"/fulfillments?cursor={places.deep_cursor}"),
            "f1": floor(f"/f1?before={places.deep_id}"),
        }
    )
    return [ratio("page at depth 500,000", times["deep"], "page 1", times["first"], 1.15)]


def _tabs(product: Maker) -> list[Result]:
    times = compare({name: product(f"/fulfillments?tab={name}") for name in TABS})
    return [ratio(f"tab {name}", times[name], "tab active", times["active"], None) for name in TABS[1:]]


def _search(product: Maker, places: Landmarks) -> list[Result]:
    times = compare(
        {
            "first": product("/fulfillments"),
            "opened": product(f"/fulfillments?q={places.exact_number}&go=1&tab=all"),
            "exact": product(f"/fulfillments?q={places.exact_number}"),
            "sku": product(f"/fulfillments?q={places.sku}"),
        }
    )
    return [
        ratio("search box, exact shipment number, opens it", times["opened"], "page 1", times["first"], 3),
        ratio("list narrowed to an exact number", times["exact"], "page 1", times["first"], 3),
        ratio("list narrowed to a SKU", times["sku"], "page 1", times["first"], 3),
    ]


def _parts(product: Maker, floor: Maker, places: Landmarks) -> list[Result]:
    times = compare(
        {
            "list": product("/fulfillments"),
            "lines": product(f"/fulfillments/{places.shipment_id}/lines", fragment=True),
            "shipment": product(f"/fulfillments/{places.shipment_id}"),
            "count": product("/fulfillments/count", fragment=True),
            "raw count": floor("/count"),
        }
    )
    return [
        ratio("row expansion", times["lines"], "page 1", times["list"], 0.6),
        ratio("shipment page header", times["shipment"], "page 1", times["list"], 1.2),
        ratio(
            "bounded counts, whole request", times["count"], "raw count in a bare route", times["raw count"], None
        ),
    ]


def _crowd(product: Maker) -> list[Result]:
    alone = crowd(product("/fulfillments"), 1)
    eight = crowd(product("/fulfillments"), 8)
    return [ratio("8 clients, one worker, p50", eight, "1 client", alone, 9)]


def _sizes(product: Maker) -> list[Result]:
    return [
        _size(f"list HTML, 50 rows, compressed, tab {tab}", product(f"/fulfillments?tab={tab}")) for tab in TABS
    ]


def _size(what: str, target: Target) -> Result:
    kilobytes = size_of(compressed(target)) / 1000
    return Result(what, kilobytes, "kB", "", gate="≤ 10", holds=kilobytes <= 10)


def ratio(
    what: str, value: float, against: str, base: float, gate: float | None, *, at_least: bool = False
) -> Result:
    found = value / base
    if gate is None:
        return Result(what, value, "ms", against, found)
    holds = found >= gate if at_least else found <= gate
    return Result(what, value, "ms", against, found, f"{'≥' if at_least else '≤'} {gate:g}", holds)
