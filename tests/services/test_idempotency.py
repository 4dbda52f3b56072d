"""A repeated request has the effect of one."""

import uuid
from typing import Any

import pytest
from flask import Flask

from tests.cast import Cast
from tests.together import together
from webapp.errors import BadRequest, IdempotencyKeyReused
from webapp.extensions import db
from webapp.models import IdempotencyKey, Product
from webapp.services.idempotency import claim, remember

KEY = "0f5a3c1e9b7d4e2f8a6c5b4d3e2f1a0b"


def test_a_new_key_is_claimed_and_gives_nothing_back(cast: Cast) -> None:
    assert claim(cast.operator.id, KEY, "edit", {"id": 1}) is None


def test_the_same_request_gets_the_first_result(cast: Cast) -> None:
    claim(cast.operator.id, KEY, "edit", {"id": 1})
    remember(cast.operator.id, KEY, {"changed": True})
    db.session.commit()

    assert claim(cast.operator.id, KEY, "edit", {"id": 1}) == {"changed": True}


def test_the_order_of_the_parameters_does_not_matter(cast: Cast) -> None:
    claim(cast.operator.id, KEY, "edit", {"id": 1, "cost": "2.50"})

    assert claim(cast.operator.id, KEY, "edit", {"cost": "2.50", "id": 1}) == {}


@pytest.mark.parametrize(("operation", "parameters"), [("edit", {"id": 2}), ("void", {"id": 1})])
def test_the_same_key_with_something_else_is_refused(
    cast: Cast, operation: str, parameters: dict[str, Any]
) -> None:
    claim(cast.operator.id, KEY, "edit", {"id": 1})

    with pytest.raises(IdempotencyKeyReused):
        claim(cast.operator.id, KEY, operation, parameters)


def test_two_people_may_use_the_same_key(cast: Cast) -> None:
    claim(cast.operator.id, KEY, "edit", {"id": 1})

    assert claim(cast.supervisor.id, KEY, "edit", {"id": 2}) is None


@pytest.mark.parametrize("key", [None, "", "short", "x" * 65, "with spaces in the middle", "drop'table--;12345"])
def test_a_missing_or_malformed_key_is_refused(cast: Cast, key: str | None) -> None:
    with pytest.raises(BadRequest):
        claim(cast.operator.id, key, "edit", {"id": 1})


def test_a_change_that_is_rolled_back_frees_its_key(cast: Cast) -> None:
    user_id = cast.operator.id
    claim(user_id, KEY, "edit", {"id": 1})
    db.session.rollback()

    assert claim(user_id, KEY, "edit", {"id": 2}) is None


def test_one_key_sent_by_many_at_the_same_moment_has_one_effect(app: Flask, cast: Cast) -> None:
    user_id = cast.operator.id
    results = together(app, 8, lambda _: make_product_once(user_id))

    assert results.count("made") == 1
    assert results.count("told of the first") == 7
    assert db.session.query(Product).count() == 1
    assert db.session.query(IdempotencyKey).count() == 1


def make_product_once(user_id: int) -> str:
    first = claim(user_id, KEY, "make_product", {"name": "Chai"})
    if first is not None:
        db.session.rollback()
        assert first["sku"], "the second saw the key before the first had finished"
        return "told of the first"
    sku = uuid.uuid4().hex
    db.session.add(Product(sku=sku, name="Chai"))
    remember(user_id, KEY, {"sku": sku})
    db.session.commit()
    return "made"
