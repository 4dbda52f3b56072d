"""Bodies that are too large, too slow, cut off or called something else: what the door makes of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import (
    Exchange,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Transient,
)
from webapp.providers.http import Call, Door, DoorOptions, Timing
from webapp.providers.rate_limits import RateLimit
from webapp.providers.shapes import as_object
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.providers.shipstation.mapping import explain
from webapp.providers.traits import ProviderTraits
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.shipstation import API_KEY, API_SECRET
from webapp.statuses import ExchangeOutcome

TRAITS = ProviderTraits("shipstation", "ShipStation", RateLimit(1_000, 60), explain)
READ = Call("Fetch order", "/orders/100001")
WRITE = Call("Create order", "/orders/createorder", method="POST", body={"orderNumber": "SO-1.1"})
OpenDoor = Callable[..., Door]


@pytest.fixture
def open_door(
    account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> Iterator[OpenDoor]:
    opened: list[Door] = []

    def open_one(using: DoorOptions = options) -> Door:
        opened.append(Door(account, TRAITS, using, exchanges.append, auth=(API_KEY, API_SECRET)))
        return opened[-1]

    yield open_one
    for door in opened:
        door.close()


@dataclass(frozen=True)
class Expected:
    """For a read: the error, its words, and how often it was sent. A write is sent once and is unknown."""

    error: type[ProviderError]
    words: str
    requests: int = 1


BODIES = {
    Fault.HUGE_BODY: Expected(Rejected, "larger than 5,000,000 bytes"),
    Fault.HUGE_PACKED: Expected(Rejected, "larger than 5,000,000 bytes"),
    Fault.ENDLESS: Expected(Rejected, "larger than 5,000,000 bytes"),
    Fault.WRONG_TYPE: Expected(Rejected, r"is not JSON \(it calls itself text/html\)"),
    Fault.NOT_JSON: Expected(Rejected, r"is not JSON \(it calls itself text/html\)"),
    Fault.TRUNCATED: Expected(Rejected, "not complete, valid JSON"),
    Fault.CUT_OFF: Expected(Transient, "broke off before its end", 3),
}


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load("shipstation", [{"number": "SO-1.1", "external_id": 100001, "lines": [{"sku": "MUG"}]}])


@pytest.mark.parametrize("fault", BODIES)
def test_a_read_says_what_was_wrong_with_the_body(
    fault: Fault, sandbox: SandboxControl, open_door: OpenDoor, exchanges: list[Exchange]
) -> None:
    expected = BODIES[fault]
    sandbox.fault("shipstation", fault, count=None)

    with pytest.raises(expected.error, match=expected.words):
        open_door().call(READ, lambda data: as_object(data, "order"))

    assert len(sandbox.requests("shipstation")) == expected.requests
    assert {exchange.outcome for exchange in exchanges} == {ExchangeOutcome.REFUSED}
    assert all(len(exchange.response_body or "") < 20_000 for exchange in exchanges)


@pytest.mark.parametrize("fault", BODIES)
def test_a_write_whose_answer_cannot_be_used_is_unknown_and_sent_once(
    fault: Fault, sandbox: SandboxControl, open_door: OpenDoor, exchanges: list[Exchange]
) -> None:
    sandbox.fault("shipstation", fault, count=None)
    good = replace(WRITE, body=_order())

    with pytest.raises(OutcomeUnknown, match="Look before repeating it"):
        open_door().call(good, lambda data: as_object(data, "order"))

    assert len(sandbox.requests("shipstation")) == 1
    assert [exchange.outcome for exchange in exchanges] == [ExchangeOutcome.UNKNOWN]


def _order() -> dict[str, Any]:
    address = {"name": "Ada"}
    return {
        "orderNumber": "SO-9.1",
        "orderDate": "2026-03-02T12:00:00",
        "orderStatus": "awaiting_shipment",
        "billTo": address,
        "shipTo": address,
    }


@pytest.mark.parametrize(("call", "error"), [(READ, Transient), (WRITE, OutcomeUnknown)])
def test_a_body_is_waited_for_as_a_whole_and_not_for_each_of_its_drops(
    call: Call,
    error: type[ProviderError],
    sandbox: SandboxControl,
    options: DoorOptions,
    open_door: OpenDoor,
    exchanges: list[Exchange],
) -> None:
    # Every look at this clock is ten seconds later, while the drops come in without any wait to speak of.
    ticking = replace(options.clock, monotonic=count(step=10).__next__)
    sandbox.fault("shipstation", Fault.SLOW_BODY, seconds=0.01)
    patient = replace(options, clock=ticking, timing=Timing(read=60, budget=1_000_000, whole_answer=5), attempts=1)
    sent = replace(call, body=_order()) if call is WRITE else call

    with pytest.raises(error, match="still coming in after 5 seconds"):
        open_door(using=patient).call(sent, lambda data: as_object(data, "order"))
    assert len(exchanges) == 1


@pytest.mark.parametrize("fault", BODIES)
@pytest.mark.parametrize("kind", ["shipstation", "shiphero", "fba"])
def test_every_adapter_says_so_in_its_own_name(
    kind: str,
    fault: Fault,
    sandbox: SandboxControl,
    adapter: ShipStationAdapter,
    hero: ShipHeroAdapter,
    amazon: AmazonMcfAdapter,
) -> None:
    opened = {"shipstation": adapter, "shiphero": hero, "fba": amazon}[kind]
    sandbox.fault(kind, fault, count=None)

    with pytest.raises(BODIES[fault].error, match=BODIES[fault].words) as caught:
        opened.test_connection()
    assert caught.value.message.startswith(f"{opened.label} (account “Main”)")
