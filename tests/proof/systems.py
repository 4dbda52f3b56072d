"""The systems that are played: what each is asked, by which calls, and where a fault means something else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.proof.faults import (
    CHANGE,
    DONE,
    DONE_ALL_THE_SAME,
    HUGE_TOO,
    LOOK,
    REFUSED,
    UNANSWERED,
    UNKNOWN,
    Expected,
)
from webapp.providers.base import Capability
from webapp.sandbox.faults import Fault
from webapp.sandbox.systems import SeenRequest
from webapp.statuses import ExchangeOutcome


class Work(Enum):
    """What a person asks of a provider, or of a sales channel, about a shipment; each is a run."""

    RESYNC = "resync from provider"
    VOID = "void"
    CANCEL = "cancel provider order"
    UPDATE = "resync to provider"
    CREATE = "fulfil"
    SUBMIT = "submit to channel"
    CORRECT = "submit other tracking to channel"
    TAKE_BACK = "submit a void to channel"


@dataclass(frozen=True)
class Calls:
    """Requests of this method and below this path, where they are given."""

    method: str | None = None
    path: str | None = None

    def has(self, seen: SeenRequest) -> bool:
        return self.method in (None, seen.method) and (self.path is None or seen.path.startswith(self.path))


GETS = (Calls("GET"),)
Otherwise = Mapping[tuple[Fault, bool], Expected]


@dataclass(frozen=True)
class System:
    """`looks` read what stands there, `changes` are the one call by which a work changes it.

    `units` counts what an order there holds. `otherwise` gives what differs from faults.py, by fault and whether
    it strikes the change. `has_old_copy`: its looks show what is some minutes old.
    """

    kind: str
    label: str
    works: tuple[Work, ...]
    looks: tuple[Calls, ...]
    changes: Mapping[Work, Calls]
    units: Callable[[Any], int] = len
    settings: Mapping[str, Any] = field(default_factory=dict)
    has_old_copy: bool = False
    otherwise: Mapping[Work | None, Otherwise] = field(default_factory=dict)

    def expected(self, work: Work, fault: Fault, *, strikes_change: bool) -> Expected:
        usual = (CHANGE if strikes_change else LOOK)[fault]
        for of in (None, work):
            usual = self.otherwise.get(of, {}).get((fault, strikes_change), usual)
        return usual

    def faults_of_looks(self) -> Iterator[tuple[Work, Fault]]:
        """Every work meets every fault of its questions."""
        for work in self.works:
            yield from ((work, fault) for fault in LOOK if fault not in HUGE_TOO or work is self.works[0])

    def faults_of_changes(self) -> Iterator[tuple[Work, Fault]]:
        """Every work that changes something there meets every fault of that call."""
        for work in self.changes:
            last = list(self.changes)[-1]
            yield from ((work, fault) for fault in CHANGE if fault not in HUGE_TOO or work is last)


def _items(order: Any) -> int:
    return sum(int(item["quantity"]) for item in order["items"])


def _line_items(order: Any) -> int:
    return sum(int(line["quantity"]) for line in order["line_items"])


def _changes(cancel: Calls | None = None, update: Calls | None = None, **others: Calls) -> dict[Work, Calls]:
    """A void cancels by the same call as a person who cancels the order alone."""
    named = {Work.VOID: cancel, Work.CANCEL: cancel, Work.UPDATE: update}
    named |= {Work[name.upper()]: call for name, call in others.items()}
    return {work: call for work, call in named.items() if call is not None}


CANNOT_CANCEL = (Work.RESYNC, Work.VOID, Work.UPDATE, Work.CREATE)
CAN_ALL = (Work.RESYNC, Work.VOID, Work.CANCEL, Work.UPDATE, Work.CREATE)
NOT_ASKED = (Work.VOID, Work.CANCEL, Work.CREATE)
CHANNEL = (Work.SUBMIT, Work.CORRECT, Work.TAKE_BACK)
WHAT_IT_TAKES = {
    Work.RESYNC: Capability.RESYNC_FROM,
    Work.CANCEL: Capability.CANCEL,
    Work.UPDATE: Capability.RESYNC_TO,
    Work.CREATE: Capability.CREATE,
}

# An order there is read from a copy that does not show yet what the lost answer said.
_NOT_IN_COPY = {(fault, True): Expected(UNKNOWN, call=UNANSWERED) for fault in DONE_ALL_THE_SAME}
# Amazon's own 404 says that there is no such order, which of an order that stands there is a lie.
_GONE = {(Fault.NOT_FOUND, False): Expected(DONE, "Amazon MCF has no such order", is_true=False)}
# Of an order that is not there Amazon says so under 400; half of that says only that it refuses.
_HALF_A_NO = {
    (fault, False): Expected(REFUSED, "refused (status 400)")
    for fault in (Fault.SLOW_BODY, Fault.TRUNCATED, Fault.CUT_OFF)
}
# Each try makes the order and is told that there is none, until the next is refused for its number.
_MADE_UNSEEN = {(Fault.NOT_FOUND, False): Expected(REFUSED, "already exists", is_true=False)}
# The order is not there, said as a web page, and made; then it is there, said as a web page.
_MADE_UNREAD = {(Fault.WRONG_TYPE, False): Expected(UNKNOWN, "it calls itself text/html")}
# What Amazon answers to a change is shorter than a drop.
_ALL_IN_A_DROP = {(Fault.SLOW_BODY, True): Expected(DONE, call=ExchangeOutcome.CONFIRMED)}
# From the second try on its copy has to be newer than the one before, though that was turned away.
_COPY_TOO_OLD = {(Fault.THROTTLED, True): Expected(UNKNOWN, "whose copy of the orders is older")}
# An error that Shopify calls its own: a question can be asked again, a change may have been made.
_BROKEN_INSIDE = {
    (Fault.ERRORS_IN_BODY, False): Expected(REFUSED, "something went wrong on our end"),
    (Fault.ERRORS_IN_BODY, True): Expected(UNKNOWN, call=UNANSWERED),
}

PROVIDERS = (
    System(
        kind="shipstation",
        label="ShipStation",
        works=CANNOT_CANCEL,
        looks=GETS,
        changes=_changes(update=Calls("POST", "/orders/createorder"), create=Calls("POST", "/orders/createorder")),
        units=_items,
    ),
    System(
        kind="starshipit",
        label="Starshipit",
        works=CANNOT_CANCEL,
        looks=GETS,
        changes=_changes(update=Calls("PUT", "/api/orders"), create=Calls("POST", "/api/orders")),
        units=_items,
        settings={"calls_per_second": 20},  # Tests go faster than most accounts may.
    ),
    System(
        kind="shipfusion",
        label="Shipfusion",
        works=CAN_ALL,
        looks=GETS,
        changes=_changes(cancel=Calls("PUT"), update=Calls("PUT"), create=Calls("POST")),
        units=lambda order: len(order["shipmentItems"]),
        settings={"calls_per_minute": 6_000},
    ),
    System(
        kind="shiphero",
        label="ShipHero",
        works=CAN_ALL,
        looks=(Calls(path="/graphql/Order"), Calls(path="/graphql/FindOrders")),
        changes=_changes(
            cancel=Calls(path="/graphql/CancelOrder"),
            update=Calls(path="/graphql/ChangeLines"),
            create=Calls(path="/graphql/CreateOrder"),
        ),
        units=_line_items,
    ),
    System(
        kind="trackstar",
        label="Trackstar",
        works=CAN_ALL,
        looks=GETS,
        changes=_changes(cancel=Calls("PUT"), update=Calls("PUT"), create=Calls("POST", "/wms/orders")),
        units=_line_items,
        has_old_copy=True,
        otherwise={None: _NOT_IN_COPY, Work.CREATE: _COPY_TOO_OLD},
    ),
    System(
        kind="veracore",
        label="VeraCore",
        works=CAN_ALL,
        looks=(Calls(path="/GetOrderInfo"), Calls(path="/GetShippingActivity")),
        changes=_changes(
            cancel=Calls(path="/CancelOrder"), update=Calls(path="/AddOffer"), create=Calls(path="/AddOrder")
        ),
        units=lambda order: sum(int(line["OrderQty"]) for line in order["OfferInfo"]["OfferType"]),
    ),
    System(
        kind="fba",
        label="Amazon MCF",
        works=NOT_ASKED,
        looks=GETS,
        changes=_changes(cancel=Calls("PUT"), create=Calls("POST", "/createFulfillmentOrder")),
        units=lambda order: sum(int(line["quantity"]) for line in order["fulfillmentOrderItems"]),
        otherwise={
            None: _ALL_IN_A_DROP,
            Work.VOID: _GONE,
            Work.CANCEL: _GONE,
            Work.CREATE: _HALF_A_NO | _MADE_UNSEEN | _MADE_UNREAD,
        },
    ),
)
SHOPIFY = System(
    kind="shopify",
    label="Shopify",
    works=CHANNEL,
    looks=tuple(Calls(path=f"/graphql/{name}") for name in ("FindOrders", "Order", "FulfillmentOrders")),
    changes=_changes(
        submit=Calls(path="/graphql/Submit"),
        correct=Calls(path="/graphql/Track"),
        take_back=Calls(path="/graphql/Cancel"),
    ),
    settings={"points_per_second": 10_000},
    otherwise={None: _BROKEN_INSIDE},
)
SYSTEMS = (*PROVIDERS, SHOPIFY)
