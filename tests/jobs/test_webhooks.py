"""What a notice comes to: the shipments it is about are read again, in whatever order notices come."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.jobs.conftest import Drain
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, Run, WebhookDelivery
from webapp.queue import wake
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault
from webapp.schema import now
from webapp.services import runs, webhooks
from webapp.services.actors import SYSTEM, Actor
from webapp.statuses import FulfillmentStatus, RunKind, RunState

PARCEL = {"tracking_number": "1Z9", "carrier": "ups"}


def notice(account: ProviderAccount, **parameters: Any) -> Run:
    empty = {"numbers": [], "external_ids": [], "resource_url": None}
    asked = empty | {"account_id": account.id, "topic": "test"} | parameters
    run_id = runs.request(RunKind.PROVIDER_NOTICE, SYSTEM, parameters=asked)
    db.session.commit()
    return db.session.get_one(Run, run_id)


def resyncs() -> list[int | None]:
    rows = sa.select(Run.fulfillment_id).where(Run.kind == RunKind.RESYNC_FROM_PROVIDER.value).order_by(Run.id)
    return list(db.session.scalars(rows))


def test_a_notice_with_a_number_brings_what_is_true_at_the_provider(
    shipment: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])
    run = notice(account, numbers=[shipment.fulfillment_number])
    drain()
    assert (run.state, run.message) == (RunState.SUCCEEDED, "One shipment is asked about again.")
    assert (shipment.status, shipment.tracking_number) == (FulfillmentStatus.FULFILLED, "1Z9")


def test_a_late_notice_never_moves_a_shipment_backwards(
    shipment: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.change("shipstation", shipment.fulfillment_number, status="shipped", shipments=[PARCEL])
    for topic in ("ITEM_SHIP_NOTIFY", "ORDER_NOTIFY"):  # The news of its arrival comes last.
        notice(account, numbers=[shipment.fulfillment_number], topic=topic)
        drain()
        assert (shipment.status, shipment.tracking_number) == (FulfillmentStatus.FULFILLED, "1Z9")


def test_an_id_of_the_provider_finds_the_shipment_too_and_strangers_find_nothing(
    make: Factory, shipment: Fulfillment, account: ProviderAccount, drain: Drain
) -> None:
    make.provider_order(shipment, external_id="known-there")
    other = make.shipment(account=make.provider_account(name="Other"))
    found, strange = notice(account, external_ids=["known-there"]), notice(account, numbers=["SO-0.0"])
    foreign = notice(account, numbers=[other.fulfillment_number])
    drain()
    assert resyncs() == [shipment.id]
    assert found.message == "One shipment is asked about again."
    assert strange.message == foreign.message == "It is about none of ours."


def test_shipstations_address_is_read_and_every_order_behind_it_asked_about(
    make: Factory, shipment: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    other = make.shipment(account=account)
    sandbox.load("shipstation", [{"number": other.fulfillment_number}])
    notice(account, resource_url=f"{account.base_url}/orders?importBatch=1")
    drain()
    assert resyncs() == [shipment.id, other.id]


@pytest.mark.parametrize("url", ["https://elsewhere.example/orders", "http://127.0.0.1:9/shipstation/orders", "x"])
def test_an_address_that_is_not_the_providers_is_never_called(
    url: str, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    run = notice(account, resource_url=url)
    drain()
    assert (run.state, resyncs()) == (RunState.FAILED, [])
    assert "not the provider's" in run.message
    assert sandbox.requests("shipstation") == []


def test_a_provider_that_is_out_of_order_is_read_later(
    shipment: Fulfillment, account: ProviderAccount, sandbox: SandboxControl, drain: Drain
) -> None:
    sandbox.fault("shipstation", Fault.SERVER_ERROR, count=None)
    run = notice(account, resource_url=f"{account.base_url}/orders")
    drain()
    assert (run.state, resyncs()) == (RunState.QUEUED, [])
    sandbox.clear_faults("shipstation")
    run.due_at = run.created_at
    db.session.commit()
    wake([(RunKind.PROVIDER_NOTICE, run.id)])
    drain()
    assert (run.state, resyncs()) == (RunState.SUCCEEDED, [shipment.id])


def test_while_a_resync_is_at_work_the_notice_waits_and_asks_after_it(
    shipment: Fulfillment, account: ProviderAccount, drain: Drain
) -> None:
    at_work = Run(
        kind=RunKind.RESYNC_FROM_PROVIDER.value,
        state=RunState.RUNNING.value,
        fulfillment_id=shipment.id,
        heartbeat_at=now(),
    )
    db.session.add(at_work)
    run = notice(account, numbers=[shipment.fulfillment_number])
    drain()
    assert run.state == RunState.QUEUED
    at_work.state, run.due_at = RunState.SUCCEEDED.value, run.created_at
    db.session.commit()
    wake([(RunKind.PROVIDER_NOTICE, run.id)])
    drain()
    assert run.state == RunState.SUCCEEDED
    assert len(resyncs()) == 2


def test_old_notices_are_forgotten(account: ProviderAccount, app: Flask, cast: Cast) -> None:
    webhooks.new_address(account.id, Actor(cast.admin.id), uuid.uuid4().hex)
    old = now() - app.extensions["settings"].exchange_retention - timedelta(days=1)
    for moment in (old, now()):
        db.session.add(
            WebhookDelivery(provider_account_id=account.id, notice_hash=str(moment), received_at=moment)
        )
    db.session.flush()
    assert webhooks.delete_old() == 1
