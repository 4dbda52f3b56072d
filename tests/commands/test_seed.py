"""`flask seed` and `flask verify data` as a person or a script meets them."""

import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from webapp.extensions import db
from webapp.models import CostLayer, Fulfillment
from webapp.queries.invariant_rules import RULES


def run(app: Flask, *arguments: str) -> Result:
    result = app.test_cli_runner().invoke(args=list(arguments))
    db.session.remove()
    return result


def test_it_says_how_much_there_is_now_and_the_data_is_sound(app: Flask) -> None:
    seeded = run(app, "seed", "--fulfillments", "30", "--random-seed", "7")
    assert seeded.exit_code == 0
    assert "30 shipments of " in seeded.output
    assert db.session.query(Fulfillment).count() == 30
    db.session.remove()
    verified = run(app, "verify", "data")
    assert verified.exit_code == 0
    assert f"All {len(RULES)} rules hold." in verified.output


def test_a_filled_database_is_refused_in_one_sentence(app: Flask) -> None:
    run(app, "seed", "--fulfillments", "5")
    again = run(app, "seed", "--fulfillments", "5")
    assert again.exit_code == 1
    assert again.output.startswith("Error: The database already holds data (")
    assert again.output.count("\n") == 1
    assert db.session.query(Fulfillment).count() == 5


def test_it_wants_at_least_one_shipment(app: Flask) -> None:
    assert run(app, "seed", "--fulfillments", "0").exit_code == 2
    assert run(app, "seed").exit_code == 2


def test_verify_names_what_is_broken_and_exits_with_1(app: Flask) -> None:
    run(app, "seed", "--fulfillments", "20")
    layer = db.session.scalars(sa.select(CostLayer).where(CostLayer.remaining > 0)).first()
    assert layer is not None
    layer.remaining -= 1
    number = layer.id
    db.session.commit()
    verified = run(app, "verify", "data")
    assert verified.exit_code == 1
    assert f"layer_remaining_equals_its_movements: cost layer {number}: " in verified.output
    assert "layers_equal_on_hand: " in verified.output
