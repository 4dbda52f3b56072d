"""The inventory movements of a shipment: what left, what came back, and how they are found."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.emptying import unguarded
from tests.factories import NOON, Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import FulfillmentLine, InventoryMovement, Warehouse
from webapp.statuses import InventoryStatus, MovementType


@pytest.fixture
def shipment(make: Factory) -> Any:
    make.product("NWP-042", "Grüner Tee")
    return make.shipment(lines=(("NWP-011", 12, "9.10"), ("NWP-042", 10, "6.30")), created_at=NOON)


def rows(page: Page, shipment: Any, query: str = "") -> list[str]:
    page.get(f"/fulfillments/{shipment.id}/movements{query}", fragment="history")
    return page.texts("tbody tr")


def sales(shipment: Any) -> list[InventoryMovement]:
    found = db.session.scalars(
        sa.select(InventoryMovement)
        .where(InventoryMovement.fulfillment_id == shipment.id)
        .order_by(InventoryMovement.id)
    )
    return list(found)


def reverse(movement: InventoryMovement, **values: Any) -> InventoryMovement:
    """The exact inverse of a movement, as a void writes it."""
    names = (
        "type inventory_status product_id warehouse_id cost_layer_id unit_cost fulfillment_id "
        "fulfillment_line_id reference"
    )
    same = {name: getattr(movement, name) for name in names.split()}
    reversal = InventoryMovement(**(same | {"quantity": -movement.quantity, "reverses_id": movement.id} | values))
    db.session.add(reversal)
    db.session.commit()
    return reversal


def test_a_row_names_all_there_is_to_know(
    page: Page, cast: Cast, shipment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.formatting.today", NOON.date)
    sale = sales(shipment)[0]

    found = rows(page.sign_in(cast.viewer), shipment)

    assert len(found) == 2
    assert found[1] == (
        f"# {sale.id} {shipment.fulfillment_number} Sale Available \N{MINUS SIGN}12 NWP-011 Queso Cabrales "
        f"Reno, NV 9.10 layer {sale.cost_layer_id}, 4 Oct 13:00 today 12:00 none"
    ).replace("# ", "#")


def test_a_reversal_and_what_it_reverses_name_each_other(page: Page, cast: Cast, shipment: Any) -> None:
    sale = sales(shipment)[0]
    reversal = reverse(sale)

    rows(page.sign_in(cast.viewer), shipment)

    back, left = page.one(f"#movement-{reversal.id}"), page.one(f"#movement-{sale.id}")
    assert f"reverses #{sale.id}" in back.get_text()
    assert f"reversed by #{reversal.id}" in left.get_text()
    assert "+12" in back.get_text()
    assert back.select_one(f"a[href='#movement-{sale.id}']")


def test_a_reversal_on_another_page_is_linked_by_its_address(page: Page, cast: Cast, shipment: Any) -> None:
    sale = sales(shipment)[0]
    reversal = reverse(sale)
    page.sign_in(cast.viewer)

    assert len(rows(page, shipment, f"?text=%23{reversal.id}")) == 1

    link = str(page.one("tbody td a")["href"])
    assert link == f"/fulfillments/{shipment.id}/movements?text=%23{sale.id}#movement-{sale.id}"
    page.get(link)
    assert page.one(f"#movement-{sale.id}")


def test_movements_of_other_shipments_are_left_out(page: Page, cast: Cast, make: Factory, shipment: Any) -> None:
    make.shipment()

    assert len(rows(page.sign_in(cast.viewer), shipment)) == 2


def test_a_movement_of_a_line_always_names_its_shipment(make: Factory, shipment: Any) -> None:
    sale = sales(shipment)[0]

    with pytest.raises(sa.exc.IntegrityError):
        reverse(sale, fulfillment_id=None)
    db.session.rollback()


@pytest.fixture
def mixed(make: Factory, shipment: Any) -> Any:
    newark = make.warehouse("Newark, NJ")
    sale = sales(shipment)[0]
    reverse(sale)
    reverse(
        sale,
        reverses_id=None,
        type=MovementType.ADJUSTMENT.value,
        inventory_status=InventoryStatus.ON_HOLD.value,
        warehouse_id=newark.id,
        reference="Count of 100% in May",
    )
    return shipment


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4),
        ("?type=sale", 3),
        ("?type=adjustment", 1),
        ("?inventory_status=on_hold", 1),
        ("?text=nwp-042", 1),
        ("?text=GRÜNER", 1),
        ("?text=100%25", 1),
        ("?text=_", 0),
        ("?text=queso&type=sale", 2),
        ("?type=transfer", 0),
        ("?text=&type=&inventory_status=&warehouse_id=", 4),
    ],
)
def test_it_is_narrowed_by_its_filters(page: Page, cast: Cast, mixed: Any, query: str, found: int) -> None:
    assert len(rows(page.sign_in(cast.viewer), mixed, query)) == found


def test_it_is_narrowed_to_one_of_its_warehouses(page: Page, cast: Cast, mixed: Any) -> None:
    newark = db.session.scalar(sa.select(Warehouse.id).where(Warehouse.name == "Newark, NJ"))

    assert len(rows(page.sign_in(cast.viewer), mixed, f"?warehouse_id={newark}")) == 1
    assert page.one("#movement-warehouse option[selected]").get_text() == "Newark, NJ"


def test_it_is_found_by_id_and_by_reference(page: Page, cast: Cast, mixed: Any) -> None:
    page.sign_in(cast.viewer)

    assert len(rows(page, mixed, f"?text={sales(mixed)[0].id}")) >= 1
    assert len(rows(page, mixed, f"?text=%23{sales(mixed)[0].id}")) == 1
    assert len(rows(page, mixed, "?text=count+may")) == 1


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("?type=theft", "purchase, sale, adjustment, transfer"),
        ("?inventory_status=gone", "available, allocated, on_hold, in_transit"),
        ("?warehouse_id=999", "(Reno, NV)"),
        ("?warehouse_id=x", "(Reno, NV)"),
        ("?page=x", "numbered from 1"),
        ("?color=red", "text, type, inventory_status, warehouse_id, page"),
    ],
)
def test_a_value_that_does_not_exist_is_refused_with_what_does(
    page: Page, cast: Cast, shipment: Any, query: str, allowed: str
) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/movements{query}", status=400)

    assert allowed in page.text


def test_fifteen_rows_are_a_page(page: Page, cast: Cast, shipment: Any) -> None:
    sale = sales(shipment)[0]
    for _ in range(16):
        reverse(sale, reverses_id=None)
    page.sign_in(cast.viewer)

    assert len(rows(page, shipment)) == 15
    page.get(str(page.one("a[rel=next]")["href"]), fragment="history")
    assert len(page.texts("tbody tr")) == 3
    assert "Movements 16 to 18" in page.text


def test_the_number_of_statements_does_not_grow_with_the_rows(page: Page, cast: Cast, shipment: Any) -> None:
    address = f"/fulfillments/{shipment.id}/movements"
    page.sign_in(cast.viewer)
    with statements() as few:
        page.get(address, fragment="history")
    sale = sales(shipment)[0]
    for _ in range(50):
        reverse(sale, reverses_id=None)
    with statements() as many:
        page.get(address, fragment="history")

    assert len(few) == len(many) == 4, many


def test_a_line_can_be_left_without_any_movement(page: Page, cast: Cast, shipment: Any) -> None:
    with unguarded(db.session.connection()):
        db.session.execute(sa.update(InventoryMovement).values(fulfillment_line_id=None, fulfillment_id=None))
    db.session.commit()

    assert db.session.query(FulfillmentLine).count() == 2
    assert rows(page.sign_in(cast.viewer), shipment) == []
    assert "No stock was moved" in page.text


def test_without_scripts_the_tab_is_a_page_of_the_shipment(page: Page, cast: Cast, shipment: Any) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/movements")

    assert page.one("h1").get_text() == shipment.fulfillment_number
    assert page.one(".tabs a[aria-current=page]").get_text() == "Inventory movements"
    assert len(page.all("#history tbody tr")) == 2
