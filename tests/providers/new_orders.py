"""A shipment as it is handed to a provider, with everything in it that must not reach a record."""

from datetime import UTC, datetime
from decimal import Decimal

from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress

SHIP_TO = PostalAddress(
    name="Ada Example",
    company="Example Works",
    email="ada.example@example.com",
    phone="555-0199",
    address1="34 Sample Lane",
    city="Eugene",
    province="Oregon",
    province_code="OR",
    zip="97401",
    country="United States",
    country_code="US",
)
NEW_ORDER = NewOrder(
    number="SO-9.1",
    ordered_at=datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
    ship_to=SHIP_TO,
    lines=(
        NewOrderLine("11", "MUG", "Mug, blue", 2, Decimal("12.50")),
        NewOrderLine("12", "PLATE", "Plate", 1, Decimal("7.1250")),
    ),
    shipping_method="Ground",
)
PERSONAL = (SHIP_TO.name, SHIP_TO.email, SHIP_TO.phone, SHIP_TO.address1, SHIP_TO.city, SHIP_TO.zip)
