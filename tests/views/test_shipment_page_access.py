"""The shipment page: which actions it offers to whom, and that other warehouses' shipments do not exist."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page


def url(shipment: Any, rest: str = "") -> str:
    return f"/fulfillments/{shipment.id}{rest}"


def test_a_viewer_is_offered_neither_resync_nor_edit(page: Page, cast: Cast, make: Factory) -> None:
    page.sign_in(cast.viewer).get(url(make.shipment(account=make.provider_account())))

    assert not page.all("main form[method=post]")
    assert not page.all("a[href$='/shipping-details']")


def test_an_operator_is_offered_resync_and_edit(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(account=make.provider_account())

    page.sign_in(cast.operator).get(url(shipment))

    form = page.one(f"form[action='{url(shipment, '/resync-from-provider')}']")
    assert len(str(form.select_one("input[name=idempotency_key]")["value"])) == 32  # type: ignore[index]
    assert len(page.all("a[href$='/shipping-details']")) == 2


def test_the_resync_button_is_disabled_with_the_reason_where_the_provider_cannot_be_asked(
    page: Page, cast: Cast, make: Factory
) -> None:
    page.sign_in(cast.operator).get(url(make.shipment(account=make.provider_account("fba"))))

    button = page.one("#resync-form button")
    assert "disabled" in button.attrs
    assert page.one(f"#{button['aria-describedby']}").get_text() == button["title"]
    assert button["title"] == "Amazon MCF cannot be asked how its orders stand."


def test_a_shipment_without_a_provider_has_no_resync_at_all(page: Page, cast: Cast, make: Factory) -> None:
    page.sign_in(cast.operator).get(url(make.shipment()))

    assert not page.all("#resync-status")
    assert "Manual: shipped without a provider." in page.one("#provider-orders").get_text(" ", strip=True)


PATHS = ("", "/activity", "/movements", "/exchanges", "/shipping-details")


@pytest.mark.parametrize("path", PATHS)
def test_a_shipment_of_another_warehouse_does_not_exist(page: Page, cast: Cast, make: Factory, path: str) -> None:
    hidden = make.shipment(warehouse="Newark, NJ")
    rita = cast.limited_to(make.warehouse("Reno, NV").id)

    page.sign_in(rita).get(url(hidden, path), status=404)

    assert hidden.fulfillment_number not in page.text
    assert page.one("a[href='/fulfillments'].btn")


@pytest.mark.parametrize("path", PATHS)
def test_a_shipment_of_the_own_warehouse_is_shown(page: Page, cast: Cast, make: Factory, path: str) -> None:
    shipment = make.shipment()
    rita = cast.limited_to(shipment.warehouse_id)

    page.sign_in(rita).get(url(shipment, path))

    assert shipment.fulfillment_number in page.text


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_shipment_is_not_found(page: Page, cast: Cast, path: str) -> None:
    page.sign_in(cast.admin).get(f"/fulfillments/999{path}", status=404)
