"""Every document sent to Shopify, and what is sent with it, fits Shopify's own schema.

The schema is the vendor's and not kept here; PROVIDER_SPECS names the folder that has `shopify/*.graphql`.
"""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language import FieldNode, OperationDefinitionNode

from webapp.providers.channel import Tracking
from webapp.providers.shopify import documents, writing
from webapp.providers.shopify.companies import _KNOWN, company_of
from webapp.providers.shopify.documents import DOCUMENTS, Document
from webapp.providers.shopify.planning import Portion

SPECS = os.environ.get("PROVIDER_SPECS", "")
needs_specs = pytest.mark.skipif(
    not SPECS, reason="PROVIDER_SPECS does not name a folder with the providers' published schemas."
)
PORTION = Portion("gid://shopify/Location/1", {"gid://shopify/FulfillmentOrder/1": {"l1": 2}}, Counter(MUG=2))
TRACKINGS = (
    Tracking("1Z1", "ups"),
    Tracking("AB1", "Corner Couriers", "https://corner.example/AB1"),
    Tracking("AB1", None, None),
)


@pytest.fixture(scope="module")
def text() -> str:
    return "\n".join(path.read_text() for path in Path(SPECS, "shopify").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema(text: str) -> GraphQLSchema:
    return build_schema(text, assume_valid=True)


def definition(document: Document) -> OperationDefinitionNode:
    (only,) = parse(document.text).definitions
    assert isinstance(only, OperationDefinitionNode)
    return only


def problems(schema: GraphQLSchema, document: Document, variables: Mapping[str, Any]) -> list[str]:
    declared = definition(document).variable_definitions or ()
    found = get_variable_values(schema, declared, dict(variables))
    return [error.message for error in found] if isinstance(found, list) else []


@needs_specs
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_it_asks_only_for_what_the_schema_offers(document: Document, schema: GraphQLSchema) -> None:
    assert [error.message for error in validate(schema, parse(document.text))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_it_names_its_operation_its_field_and_its_kind_as_the_document_does(document: Document) -> None:
    node = definition(document)

    assert node.name is not None
    assert node.name.value == document.name
    fields = [field.name.value for field in node.selection_set.selections if isinstance(field, FieldNode)]
    assert fields == [document.field]
    assert (node.operation.value == "query") is document.is_query


@needs_specs
@pytest.mark.parametrize("tracking", TRACKINGS, ids=["known carrier", "other carrier", "no carrier"])
@pytest.mark.parametrize("notify", [True, False])
def test_it_tells_shipments_as_the_schema_wants_them(
    tracking: Tracking, notify: bool, schema: GraphQLSchema
) -> None:
    data = writing.fulfillment_data(PORTION, tracking, notify=notify)
    change = {"id": "gid://shopify/Fulfillment/1", "t": writing.tracking_data(tracking), "n": notify}

    assert problems(schema, documents.CREATE, {"f": data}) == []
    assert problems(schema, documents.TRACK, change) == []


@needs_specs
def test_it_writes_carriers_exactly_as_the_schema_lists_them(text: str) -> None:
    listed = text.partition("### Supported tracking companies")[2].partition("displayed for shops located in")[0]

    assert {line.strip() for line in listed.splitlines() if line.strip().startswith("* ")} == {
        f"* {name}" for name in _KNOWN
    }


@pytest.mark.parametrize(
    ("carrier", "company"),
    [
        ("ups_walleted", "UPS"),
        ("UPS", "UPS"),
        ("upside logistics", None),
        ("stamps_com", "USPS"),
        ("fedex", "FedEx"),
        ("dhl_express_worldwide", "DHL Express"),
        ("canada_post", "Canada Post"),
        ("Corner Couriers", None),
        ("", None),
        (None, None),
    ],
)
def test_it_knows_carriers_however_providers_write_them(carrier: str | None, company: str | None) -> None:
    assert company_of(carrier) == company


def test_a_carrier_it_does_not_know_is_told_with_the_address_of_the_parcel() -> None:
    assert writing.tracking_data(TRACKINGS[1]) == {
        "numbers": ["AB1"],
        "company": "Corner Couriers",
        "urls": ["https://corner.example/AB1"],
    }
    assert writing.tracking_data(TRACKINGS[2]) == {"numbers": ["AB1"]}


@needs_specs
def test_it_would_notice_what_the_schema_does_not_know(schema: GraphQLSchema) -> None:
    assert validate(schema, parse("{ order(id: 1) { no_such_field } }"))
    assert problems(schema, documents.CREATE, {"f": {"order": "1"}})
