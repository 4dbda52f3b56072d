"""An account that leads somewhere it must not: what people read, what is on record, that nothing changed."""

import socket
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.impostor import impersonating
from tests.jobs.conftest import Drain
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderExchange, Run
from webapp.sandbox import SandboxControl
from webapp.services import resyncs
from webapp.services.actors import SYSTEM
from webapp.statuses import FulfillmentStatus, RunState

INSIDE = "warehouse.test"


@pytest.fixture
def _a_name_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **more: Any) -> list[Any]:
        inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", 0))]
        return inside if host == INSIDE else real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.usefixtures("_a_name_inside")
@pytest.mark.parametrize(
    ("address", "words", "exchanges"),
    [
        ("http://provider.example.com", "may only be called over https", 0),
        ("nonsense", "must begin with https://", 0),
        (f"https://{INSIDE}", f"{INSIDE} leads to 10.0.0.8, which is not an address on the internet", 1),
        ("https://192.168.0.10", "which is not an address on the internet", 1),
        ("impostor", "its certificate does not prove", 3),
    ],
)
def test_a_resync_says_what_is_wrong_with_the_address_and_changes_nothing(
    address: str,
    words: str,
    exchanges: int,
    page: Page,
    cast: Cast,
    shipment: Fulfillment,
    account: ProviderAccount,
    drain: Drain,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with impersonating(tmp_path) as impostor:
        account.base_url = impostor.address if address == "impostor" else address
        version, run_id = shipment.version, resyncs.request(shipment.id, SYSTEM, None)
        drain()
        assert impostor.told == []

    run = db.session.get_one(Run, run_id)
    assert run.state == RunState.FAILED
    assert words in run.message
    assert run.message.endswith("Nothing was changed on the shipment.")
    assert (shipment.status, shipment.tracking_number) == (FulfillmentStatus.PACKED, None)
    assert shipment.version == version + 1  # The problem itself is written down.
    assert db.session.scalar(sa.select(sa.func.count(ProviderExchange.id))) == exchanges
    refusals = [one for one in caplog.records if "provider_address_refused" in str(one.msg)]
    assert len(refusals) == (0 if exchanges else 1)
    page.sign_in(cast.operator).get(f"/fulfillments/{shipment.id}")
    assert words in page.text


@pytest.mark.parametrize("external_id", ["1/../2", "订单/1", "1?x=1#2", "%2e%2e"])
@pytest.mark.parametrize("kind", ["shipstation", "shiphero"])
def test_an_id_that_is_none_of_theirs_finds_nothing_and_leads_nowhere_else(
    kind: str,
    external_id: str,
    make: Factory,
    account: ProviderAccount,
    hero: ProviderAccount,
    sandbox: SandboxControl,
    drain: Drain,
) -> None:
    at = account if kind == "shipstation" else hero
    shipment = make.shipment(account=at)
    sandbox.load(kind, [{"number": "SO-2.1", "status": "cancelled" if kind == "shipstation" else "canceled"}])
    make.provider_order(shipment, external_id=external_id)
    run_id = resyncs.request(shipment.id, SYSTEM, None)
    drain()
    run = db.session.get_one(Run, run_id)
    assert (run.state, run.can_retry) == (RunState.FAILED, False)
    assert shipment.provider_problem
    assert shipment.status == FulfillmentStatus.PACKED
