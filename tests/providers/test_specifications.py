"""The checker of bodies against specifications says yes and no where it should."""

from typing import Any

import pytest

from tests.providers.specifications import Specification, needs_specs, specification

OPEN_API: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/orders/{order_id}": {
            "put": {
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "string", "enum": ["yes"]}}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
                },
            }
        },
        "/orders/all": {"get": {"responses": {"200": {"description": "Nothing in it"}}}},
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "method": {"type": "string", "enum": ["air"], "nullable": True},
                },
            },
            "Any": {"discriminator": {"propertyName": "type", "mapping": {"a": "#/components/schemas/Order"}}},
        }
    },
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "paths": {
        "/orders": {
            "parameters": [{"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Order"}}],
            "post": {"responses": {"200": {"schema": {"$ref": "#/definitions/Order"}}}},
        }
    },
    "definitions": {"Order": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}},
}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"id": "1", "method": None}, []),
        ({"id": "1", "method": "air"}, []),
        ({"id": None}, ["$.id: None is not of type 'string'"]),
        ({"method": "sea", "id": "1"}, ["$.method: 'sea' is not one of ['air']"]),
        ({}, ["$: 'id' is a required property"]),
        ({"id": "1", "x": 1}, ["$: Additional properties are not allowed ('x' was unexpected)"]),
    ],
)
def test_it_reads_open_api(body: dict[str, Any], wrong: list[str]) -> None:
    operation = Specification(OPEN_API).operation("PUT", "/orders/SO%2F1")

    assert operation.problems_of_request(body) == wrong
    assert operation.problems_of_answer(200, body) == wrong


def test_it_reads_swagger() -> None:
    operation = Specification(SWAGGER).operation("POST", "/orders")

    assert operation.problems_of_request({"id": "1"}) == operation.problems_of_answer(200, {"id": "1"}) == []
    assert operation.problems_of_request({}) == operation.problems_of_answer(200, {})
    assert operation.problems_of_request({}) == ["$: 'id' is a required property"]


def test_it_looks_at_the_query_and_the_status() -> None:
    operation = Specification(OPEN_API).operation("PUT", "/orders/1")

    assert operation.problems_of_request(None, "dry=no&wet=1") == [
        "no parameter wet",
        "dry must be one of ['yes']",
    ]
    assert operation.problems_of_answer(418, {}) == ["status 418 is not described, only 200"]


def test_it_takes_the_schema_that_a_discriminator_names() -> None:
    specified = Specification(OPEN_API)
    operation = specified.operation("PUT", "/orders/1")

    variant = specified.variant("Any", "a")

    assert operation.problems_of_request({}, schema=variant) == ["$: 'id' is a required property"]


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/orders/1"), ("PUT", "/orders/1/2"), ("GET", "/nowhere")])
def test_it_knows_no_operation_that_is_not_there(method: str, path: str) -> None:
    with pytest.raises(LookupError, match=path):
        Specification(OPEN_API).operation(method, path)


def test_a_body_is_wrong_where_none_is_described() -> None:
    operation = Specification(OPEN_API).operation("GET", "/orders/all")

    assert operation.problems_of_request({"id": "1"}) == ["a body was sent where none is described"]
    assert operation.problems_of_request(None) == []
    assert operation.problems_of_answer(200, None) == []


@needs_specs
def test_it_reads_what_is_published() -> None:
    trackstar = specification("trackstar", "openapi_from_docs_repo_2025-10-13.json")
    amazon = specification("amazon_mcf", "fulfillmentOutbound_2020-07-01.json")
    orders = "/fba/outbound/2020-07-01/fulfillmentOrders"

    assert trackstar.operation("GET", "/wms/orders/1").problems_of_answer(404, {"error": "No", "id": "1"}) == []
    assert amazon.operation("POST", orders).problems_of_request({})[0].endswith("is a required property")
