"""Every document sent to ShipHero, and what is sent with it, fits ShipHero's own schema.

The schema is the vendor's and not kept here; PROVIDER_SPECS names the folder that has `shiphero/*.graphql`.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language import FieldNode, OperationDefinitionNode

from tests.providers.new_orders import NEW_ORDER
from webapp.providers.base import PostalAddress
from webapp.providers.shiphero import documents, writing
from webapp.providers.shiphero.documents import DOCUMENTS, Document

SPECS = os.environ.get("PROVIDER_SPECS", "")
EVERY_SETTING = {"shop_name": "Shop", "customer_account_id": "QWNjb3VudDox", "warehouse_id": "V2FyZWhvdXNlOjE="}
needs_specs = pytest.mark.skipif(
    not SPECS, reason="PROVIDER_SPECS does not name a folder with the providers' published schemas."
)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema("\n".join(path.read_text() for path in Path(SPECS, "shiphero").glob("*.graphql")))


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
@pytest.mark.parametrize("settings", [{}, EVERY_SETTING], ids=["no settings", "every setting"])
@pytest.mark.parametrize(
    "order",
    [NEW_ORDER, replace(NEW_ORDER, ship_to=PostalAddress(name="Cher"), shipping_method="")],
    ids=["everything known", "only a name"],
)
def test_it_creates_orders_as_the_schema_wants_them(
    order: Any, settings: dict[str, Any], schema: GraphQLSchema
) -> None:
    data = writing.create_data(order, settings)

    assert problems(schema, documents.CREATE, {"data": data}) == []


@needs_specs
@pytest.mark.parametrize("settings", [{}, EVERY_SETTING], ids=["no settings", "every setting"])
def test_it_cancels_as_the_schema_wants_it(settings: dict[str, Any], schema: GraphQLSchema) -> None:
    data = writing.cancel_data("T3JkZXI6MQ==", "Ordered twice", settings)

    assert problems(schema, documents.CANCEL, {"data": data}) == []


@needs_specs
@pytest.mark.parametrize("settings", [{}, EVERY_SETTING], ids=["no settings", "every setting"])
def test_it_changes_lines_as_the_schema_wants_it(settings: dict[str, Any], schema: GraphQLSchema) -> None:
    sent = {
        documents.ADD_LINES: writing.add_data("T3JkZXI6MQ==", NEW_ORDER.lines, settings),
        documents.CHANGE_LINES: writing.change_data("T3JkZXI6MQ==", {"TGluZTox": 2}, settings),
        documents.REMOVE_LINES: writing.remove_data("T3JkZXI6MQ==", ["TGluZTox"], settings),
    }

    assert [problems(schema, document, {"data": data}) for document, data in sent.items()] == [[], [], []]


@needs_specs
def test_it_would_notice_what_the_schema_does_not_know(schema: GraphQLSchema) -> None:
    assert validate(schema, parse("{ order(id: 1) { data { no_such_field } } }"))
    assert problems(schema, documents.CANCEL, {"data": {"order": "1"}})
