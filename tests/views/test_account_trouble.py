"""An account that is switched off, or left alone after failures, says so wherever its provider is asked."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.open_orders import open_order
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, SalesChannel
from webapp.schema import now
from webapp.statuses import FulfillmentStatus

OFF = "The ShipHero account “Reno” is switched off."
PAUSED = "The ShipHero account “Reno” failed several times in a row and is left alone for some minutes."
TROUBLES = [({"is_enabled": False}, OFF), ({"circuit_open_until": True}, PAUSED)]


@pytest.fixture
def account(make: Factory) -> ProviderAccount:
    return make.provider_account("shiphero", name="Reno")


@pytest.fixture
def shipment(make: Factory, account: ProviderAccount) -> Fulfillment:
    shipment = make.shipment(account=account, status=FulfillmentStatus.SUBMITTED)
    make.provider_order(shipment, state="awaiting")
    return shipment


@pytest.fixture
def operator(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.operator)


def trouble(account: ProviderAccount, changes: dict[str, Any]) -> bool:
    """Let the account be in this trouble; returns whether it lasts."""
    for name, value in changes.items():
        setattr(account, name, now() + timedelta(minutes=5) if name == "circuit_open_until" else value)
    db.session.commit()
    return "is_enabled" in changes


@pytest.mark.parametrize(("changes", "words"), TROUBLES)
def test_the_shipment_page_says_so_and_offers_what_can_still_be_done(
    changes: dict[str, Any], words: str, operator: Page, shipment: Fulfillment, account: ProviderAccount
) -> None:
    operator.get(f"/fulfillments/{shipment.id}")
    assert words not in operator.text
    is_lasting = trouble(account, changes)
    operator.get(f"/fulfillments/{shipment.id}")
    assert words in operator.one("#provider-orders .banner").text
    assert operator.one("#resync-form button").has_attr("disabled") is is_lasting
    operator.get(f"/fulfillments/{shipment.id}/provider-actions")
    assert words in operator.text
    assert bool(operator.all("#resync-to[disabled]")) is is_lasting


@pytest.mark.parametrize(("changes", "words"), TROUBLES)
@pytest.mark.parametrize("what", ["resync-from-provider", "resync-to-provider", "cancel-provider-orders", "void"])
def test_the_preview_of_many_says_so(
    what: str, changes: dict[str, Any], words: str, operator: Page, shipment: Fulfillment, account: ProviderAccount
) -> None:
    is_lasting = trouble(account, changes)
    operator.post(f"/fulfillments/bulk-{what}", {"ids": [str(shipment.id)]}, status=200)
    [said] = operator.texts("#bulk-preview li")
    lasting = {"void": "1 cannot be changed"}.get(what, "1 skipped")
    outcome = lasting if is_lasting else "1 will ask the provider first"
    assert said.lower().startswith(f"{outcome} {words}".lower()), said


@pytest.mark.parametrize(("changes", "words"), TROUBLES)
def test_the_void_dialog_says_that_the_provider_cannot_be_asked(
    changes: dict[str, Any], words: str, operator: Page, shipment: Fulfillment, account: ProviderAccount
) -> None:
    trouble(account, changes)
    operator.get(f"/fulfillments/{shipment.id}/void")
    assert words in operator.text
    assert "the void will fail and change nothing" in operator.text


@pytest.mark.parametrize(("changes", "words"), TROUBLES)
def test_the_fulfil_dialog_says_what_became_of_the_usual_account(
    changes: dict[str, Any], words: str, operator: Page, make: Factory, account: ProviderAccount
) -> None:
    order = open_order(make)
    shipment = make.shipment(account=account)
    shipment.fulfillment_order_id = order.id
    is_lasting = trouble(account, changes)
    operator.get(f"/fulfillment-orders/{order.id}/fulfil")
    assert words in operator.text
    assert ("now it is not offered" in operator.text) is is_lasting


def test_what_was_not_sent_yet_is_not_sent_through_an_account_that_is_off(
    operator: Page, make: Factory, account: ProviderAccount
) -> None:
    shipment = make.shipment(account=account, status=FulfillmentStatus.SUBMITTED)
    address = f"/fulfillments/{shipment.id}/send-to-provider"
    trouble(account, {"is_enabled": False})
    operator.post(address, {"idempotency_key": "0" * 32}, status=422)
    assert OFF in operator.text
    operator.get(f"/fulfillments/{shipment.id}")
    assert OFF in operator.text


def test_a_channel_that_pauses_is_told_of_on_the_page_and_in_the_preview(operator: Page, make: Factory) -> None:
    shop = make.provider_account("shopify", name="Northwind")
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED, tracking_number="1Z999AA10123456784")
    channel = db.session.scalars(sa.select(SalesChannel)).one()
    channel.takes_tracking, channel.provider_account_id = True, shop.id
    trouble(shop, {"circuit_open_until": True})
    words = "The account “Northwind” of"
    assert words in operator.get(f"/fulfillments/{shipment.id}").one("#channel-status").text
    operator.post("/fulfillments/bulk-submit-to-channel", {"ids": [str(shipment.id)]}, status=200)
    [said] = operator.texts("#bulk-preview li")
    assert "left alone for some minutes" in said
