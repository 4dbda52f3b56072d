"""Creating an order through Trackstar, whose search sees an old copy: once, whatever goes wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.providers.conftest import OpenStar
from tests.providers.new_orders import NEW_ORDER, PERSONAL
from webapp.providers.base import (
    AuthFailed,
    Exchange,
    OutcomeUnknown,
    PostalAddress,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.stale_copy import StaleCopy
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.statuses import ProviderOrderState

NUMBER = NEW_ORDER.number
META = "/wms/orders/meta"


def creations(sandbox: SandboxControl) -> int:
    return len(
        [seen for seen in sandbox.requests("trackstar") if (seen.method, seen.path) == ("POST", "/wms/orders")]
    )


def test_it_creates_the_order_and_tells_what_the_warehouse_system_answered(
    sandbox: SandboxControl, star: TrackstarAdapter, exchanges: list[Exchange]
) -> None:
    snapshot = star.create_order(NEW_ORDER)

    assert (snapshot.number, snapshot.state) == (NUMBER, ProviderOrderState.AWAITING)
    shown = sandbox.show("trackstar", snapshot.external_id)
    assert (shown["reference_id"], shown["shipping_method_name"]) == (NUMBER, "Ground")
    assert [(line["sku"], line["quantity"], line["unit_price"]) for line in shown["line_items"]] == [
        ("MUG", 2, 12.5),
        ("PLATE", 1, 7.125),
    ]
    address = shown["ship_to_address"]
    assert (address["full_name"], address["state"], address["country"]) == ("Ada Example", "OR", "US")
    assert not [word for word in PERSONAL if word in repr(exchanges) + repr(snapshot.payload)]


def test_it_sends_what_the_account_adds_and_only_what_the_connection_takes(
    sandbox: SandboxControl, star_account: ProviderAccountRecord, open_star: OpenStar, exchanges: list[Exchange]
) -> None:
    settings = {
        "warehouse_customer_id": "c1",
        "order_fields": {"packing_note": "With care", "unheard_of": 1},
        "line_fields": {"warehouse_id": "w1"},
        "shipping_method_field": "shipping_method_id",
    }
    adapter = open_star(replace(star_account, settings=settings))

    snapshot = adapter.create_order(NEW_ORDER)

    assert sandbox.show("trackstar", snapshot.external_id)["warehouse_customer_id"] == "c1"
    sent = next(exchange.request_body for exchange in exchanges if exchange.operation == "Create order") or ""
    assert sent.count('"warehouse_id": "w1"') == 2
    assert '"packing_note": "With care"' in sent
    assert '"shipping_method_id": "Ground"' in sent
    assert "unheard_of" not in sent


def test_it_says_what_the_warehouse_system_wants_and_sends_nothing(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    order = replace(NEW_ORDER, ship_to=PostalAddress(name="Cher", city="Salem"))

    with pytest.raises(Rejected, match=r"ship_to_address\.address1, .*\.country.*Nothing was sent"):
        star.create_order(order)
    assert creations(sandbox) == 0


def test_the_account_says_what_stands_in_where_an_address_lacks_it(
    sandbox: SandboxControl, star_account: ProviderAccountRecord, open_star: OpenStar
) -> None:
    adapter = open_star(replace(star_account, settings={"address_fields": {"state": "-", "city": "Nowhere"}}))
    abroad = replace(NEW_ORDER, ship_to=replace(NEW_ORDER.ship_to, province="", province_code=""))

    address = sandbox.show("trackstar", adapter.create_order(abroad).external_id)["ship_to_address"]

    assert (address["state"], address["city"]) == ("-", "Eugene")


@pytest.mark.parametrize("change", [{}, {"status": "backordered"}, {"shipments": [{"tracking_number": "1Z"}]}])
def test_it_creates_nothing_where_an_order_stands(
    change: dict[str, object], sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.load("trackstar", [{"number": NUMBER, "external_id": "here", "lines": [{"sku": "MUG"}], **change}])

    assert star.create_order(NEW_ORDER).external_id == "here"
    assert creations(sandbox) == 0


def test_it_creates_another_after_a_cancelled_one(sandbox: SandboxControl, star: TrackstarAdapter) -> None:
    sandbox.load("trackstar", [{"number": NUMBER, "external_id": "old", "status": "cancelled"}])

    assert star.create_order(NEW_ORDER).external_id != "old"


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SLOW_BODY])
def test_after_a_lost_answer_it_sends_nothing_until_the_copy_is_newer(
    fault: Fault, sandbox: SandboxControl, options: DoorOptions, open_star: OpenStar
) -> None:
    star = open_star(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("trackstar", fault, seconds=30, path="/wms/orders", method="POST")

    with pytest.raises(OutcomeUnknown) as caught:
        star.create_order(NEW_ORDER)

    sandbox.clear_faults("trackstar")
    assert caught.value.ambiguous
    again = replace(NEW_ORDER, sent_at=datetime.now(UTC))
    with pytest.raises(StaleCopy):
        star.create_order(again)
    assert creations(sandbox) == 1
    sandbox.advance(300)
    first, second = star.create_order(again), star.create_order(again)
    assert first.external_id == second.external_id
    assert creations(sandbox) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.WRONG_SHAPE, Fault.NOT_JSON, Fault.HUGE_BODY])
def test_it_sends_again_once_a_newer_copy_lacks_the_order(
    fault: Fault, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", fault, path="/wms/orders", method="POST")
    with pytest.raises(OutcomeUnknown):
        star.create_order(NEW_ORDER)

    sandbox.advance(300)

    assert star.create_order(replace(NEW_ORDER, sent_at=datetime.now(UTC))).number == NUMBER
    assert creations(sandbox) == 2


@pytest.mark.parametrize(
    ("fault", "method", "path", "error"),
    [
        (Fault.THROTTLED, "POST", "/wms/orders", Throttled),
        (Fault.UNAUTHORIZED, "POST", "/wms/orders", AuthFailed),
        (Fault.NOT_JSON, "GET", META, Rejected),
        (Fault.SERVER_ERROR, "GET", META, Transient),
        (Fault.SERVER_ERROR, "GET", "/wms/orders", Transient),
        (Fault.WRONG_SHAPE, "GET", "/wms/orders", Rejected),
    ],
)
def test_it_passes_on_what_kept_it_from_creating(
    fault: Fault,
    method: str,
    path: str,
    error: type[ProviderError],
    sandbox: SandboxControl,
    star: TrackstarAdapter,
) -> None:
    sandbox.fault("trackstar", fault, count=None, path=path, method=method)

    with pytest.raises(error) as caught:
        star.create_order(NEW_ORDER)

    assert not caught.value.ambiguous
    sandbox.clear_faults("trackstar")
    assert star.create_order(NEW_ORDER).number == NUMBER


def test_what_was_sent_long_ago_is_looked_for_in_a_copy_that_is_newer(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)

    assert star.create_order(replace(NEW_ORDER, sent_at=long_ago)).number == NUMBER
    assert creations(sandbox) == 1
