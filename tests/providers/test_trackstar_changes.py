"""Cancelling and changing orders through Trackstar: the answer to a change counts, the old copy proves little."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.providers.conftest import OpenStar
from tests.providers.new_orders import NEW_ORDER
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    NewOrderLine,
    NotCancellable,
    NotFound,
    NotUpdatable,
    OrderReference,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    ProviderOrderSnapshot,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)
from webapp.providers.http import DoorOptions, Timing
from webapp.providers.stale_copy import StaleCopy
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.sandbox.trackstar import API_KEY, READ_ONLY_TOKEN
from webapp.statuses import ProviderOrderState

NUMBER = "SO-1.1"
BY_ID = OrderReference("here", NUMBER)
READ, CANCEL = "/wms/orders/here", "/wms/orders/here/cancel"
CHANGED = replace(NEW_ORDER, number=NUMBER, lines=(NewOrderLine("1", "BOWL", "Bowl", 3, Decimal(2)),))
LABEL = {"tracking_number": "1Z1"}
Write = Callable[[TrackstarAdapter], ProviderOrderSnapshot]
Errors = type[ProviderError] | tuple[type[ProviderError], ...]
# The copy shows the order, so that a 404 does not say that it is gone.
NO_CHANGE = (NotCancellable, NotUpdatable)


def cancel(star: TrackstarAdapter) -> ProviderOrderSnapshot:
    return star.cancel_order(BY_ID, "Ordered twice")


def update(star: TrackstarAdapter) -> ProviderOrderSnapshot:
    return star.update_order(BY_ID, CHANGED)


BOTH = pytest.mark.parametrize("write", [cancel, update])


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.load(
        "trackstar", [{"number": NUMBER, "external_id": "here", "lines": [{"sku": "MUG", "quantity": 2}]}]
    )


def calls(sandbox: SandboxControl, method: str = "PUT") -> list[str]:
    return [seen.path for seen in sandbox.requests("trackstar") if seen.method == method]


def lines(sandbox: SandboxControl) -> list[tuple[str, int]]:
    return [(line["sku"], line["quantity"]) for line in sandbox.show("trackstar", "here")["line_items"]]


@pytest.mark.parametrize("external_id", ["here", None, "gone"])
def test_it_cancels_and_tells_what_the_warehouse_system_answered(
    external_id: str | None, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    snapshot = star.cancel_order(OrderReference(external_id, NUMBER), "Ordered twice")

    assert (snapshot.external_id, snapshot.raw_status) == ("here", "Voided")
    assert snapshot.state is ProviderOrderState.CANCELLED
    assert sandbox.show("trackstar", "here")["status"] == "cancelled"
    assert calls(sandbox) == [CANCEL]


@pytest.mark.parametrize("number", [NUMBER, "SO-1/ü"])
def test_it_changes_lines_and_twice_is_the_same_as_once(
    number: str, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.load("trackstar", [{"number": number, "external_id": "here", "lines": [{"sku": "MUG"}]}])
    reference = OrderReference("here", number)

    first, again = star.update_order(reference, CHANGED), star.update_order(reference, CHANGED)

    assert first.state is again.state is ProviderOrderState.AWAITING
    assert lines(sandbox) == [("BOWL", 3)]


def test_it_asks_for_nothing_when_the_order_is_cancelled_already(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.change("trackstar", "here", status="cancelled", seen=True)

    assert cancel(star).state is ProviderOrderState.CANCELLED
    with pytest.raises(NotUpdatable, match="is cancelled"):
        update(star)
    assert calls(sandbox) == []


@BOTH
@pytest.mark.parametrize(
    "change", [{"shipments": [LABEL]}, {"status": "partially_fulfilled"}, {"status": "fulfilled"}]
)
def test_it_asks_for_nothing_when_anything_has_left(
    change: dict[str, object], write: Write, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.change("trackstar", "here", **change, seen=True)

    with pytest.raises(AlreadyShipped, match=r"SO-1\.1"):
        write(star)
    assert calls(sandbox) == []


@pytest.mark.parametrize(("write", "error"), [(cancel, NotCancellable), (update, NotUpdatable)])
def test_what_shipped_unseen_is_refused_by_the_warehouse_system_in_its_words(
    write: Write, error: type[ProviderError], sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.change("trackstar", "here", shipments=[LABEL])

    with pytest.raises(error, match=r"can no longer be .*said by the connected warehouse system.*not changed"):
        write(star)


@BOTH
def test_a_refusal_is_a_shipment_where_the_copy_shows_one_by_then(
    write: Write, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", Fault.SHIPS_AFTERWARDS, path=READ, order="here")

    with pytest.raises((NotCancellable, NotUpdatable)):
        write(star)
    sandbox.advance(60)
    with pytest.raises(AlreadyShipped):
        write(star)


@BOTH
def test_a_connection_that_lacks_the_call_is_unsupported(
    write: Write, star_account: ProviderAccountRecord, open_star: OpenStar, sandbox: SandboxControl
) -> None:
    keys = {"api_key": API_KEY, "access_token": READ_ONLY_TOKEN}
    adapter = open_star(replace(star_account, credentials=keys))

    with pytest.raises(Unsupported, match="not implemented for Read-only WMS"):
        write(adapter)
    assert lines(sandbox) == [("MUG", 2)]


def test_an_order_that_the_copy_lacks_is_cancelled_under_its_id(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    created = star.create_order(NEW_ORDER)

    snapshot = star.cancel_order(OrderReference(created.external_id, NEW_ORDER.number), "Ordered twice")

    assert snapshot.state is ProviderOrderState.CANCELLED
    assert sandbox.show("trackstar", created.external_id)["status"] == "cancelled"


def test_there_is_nothing_to_cancel_where_there_is_no_order(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    with pytest.raises(NotFound):
        star.cancel_order(OrderReference(None, "SO-7"), "Ordered twice")
    with pytest.raises(NotFound):
        star.cancel_order(OrderReference("nowhere", "SO-7"), "Ordered twice")
    with pytest.raises(StaleCopy):
        star.cancel_order(OrderReference("nowhere", "SO-7", sent_at=datetime.now(UTC)), "Ordered twice")
    assert calls(sandbox) == ["/wms/orders/nowhere/cancel"] * 2


@BOTH
@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.TRUNCATED, Fault.CUT_OFF, Fault.SILENCE, Fault.SERVER_ERROR, Fault.NOT_JSON]
)
def test_without_an_answer_it_does_not_know_and_may_ask_again(
    fault: Fault, write: Write, sandbox: SandboxControl, options: DoorOptions, open_star: OpenStar
) -> None:
    star = open_star(using=replace(options, timing=Timing(read=0.5, whole_answer=0.5)))
    sandbox.fault("trackstar", fault, seconds=30, path=READ, method="PUT")

    with pytest.raises(OutcomeUnknown, match="copy, up to an hour old, does not show it") as caught:
        write(star)

    sandbox.clear_faults("trackstar")
    assert caught.value.ambiguous
    assert caught.value.retryable
    assert calls(sandbox) == [CANCEL if write is cancel else READ]
    done = write(star)
    assert done.state is (ProviderOrderState.CANCELLED if write is cancel else ProviderOrderState.AWAITING)
    assert lines(sandbox) == ([("MUG", 2)] if write is cancel else [("BOWL", 3)])


def test_a_cancellation_without_an_answer_is_believed_once_the_copy_shows_it(
    sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", Fault.RESET, path=CANCEL)
    with pytest.raises(OutcomeUnknown):
        cancel(star)
    sandbox.advance(60)

    assert cancel(star).state is ProviderOrderState.CANCELLED
    assert calls(sandbox) == [CANCEL]


@BOTH
@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.THROTTLED, Throttled), (Fault.UNAUTHORIZED, AuthFailed), (Fault.NOT_FOUND, NO_CHANGE)],
)
def test_it_passes_on_what_kept_it_from_writing(
    fault: Fault, error: Errors, write: Write, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", fault, count=None, path=READ, method="PUT")

    with pytest.raises(error) as caught:
        write(star)
    assert not caught.value.ambiguous
    assert sandbox.show("trackstar", "here")["status"] == "open"
    assert lines(sandbox) == [("MUG", 2)]


@BOTH
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.THROTTLED, Throttled),
        (Fault.SERVER_ERROR, Transient),
        (Fault.RESET, Transient),
        (Fault.UNAUTHORIZED, AuthFailed),
        (Fault.NOT_JSON, Rejected),
    ],
)
def test_it_writes_nothing_when_it_cannot_look(
    fault: Fault, error: type[ProviderError], write: Write, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", fault, count=None, path=READ)

    with pytest.raises(error):
        write(star)
    assert calls(sandbox) == []


@BOTH
def test_a_throttled_change_is_sent_again_and_done_once(
    write: Write, sandbox: SandboxControl, star: TrackstarAdapter
) -> None:
    sandbox.fault("trackstar", Fault.THROTTLED, seconds=2, path=READ, method="PUT")

    write(star)

    assert calls(sandbox) == [CANCEL if write is cancel else READ] * 2
