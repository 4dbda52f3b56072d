"""`flask verify history` as a person or a schedule meets it."""

from click.testing import Result
from flask import Flask

from tests.emptying import unguarded
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Activity


def run(app: Flask, *arguments: str) -> Result:
    result = app.test_cli_runner().invoke(args=list(arguments))
    db.session.remove()
    return result


def test_the_history_of_practice_data_is_sound(app: Flask) -> None:
    assert run(app, "seed", "--fulfillments", "400", "--random-seed", "7").exit_code == 0
    rows = db.session.query(Activity).count()
    orders = db.session.query(Activity).filter(Activity.fulfillment_id.is_(None)).count()
    db.session.remove()

    verified = run(app, "verify", "history")

    assert orders > 5
    assert verified.exit_code == 0, verified.output
    assert verified.stdout == f"All {rows:,} history rows are as they were written.\n"


def test_it_names_so_many_places_and_exits_with_1(app: Flask, make: Factory) -> None:
    numbers = [make.shipment().fulfillment_number for _ in range(5)]
    with unguarded(db.session.connection()):
        db.session.connection().exec_driver_sql("UPDATE activities SET note = 'forged'")
    db.session.commit()

    verified = run(app, "verify", "history", "--show", "2")

    assert verified.exit_code == 1
    lines = verified.stdout.splitlines()
    assert lines[0].startswith(f"{numbers[0]}: history row ")
    assert lines[1].startswith(f"{numbers[1]}: history row ")
    assert lines[2:] == ["… and 3 more."]
    assert run(app, "verify", "history").stdout.count("was changed") == 5


def test_it_wants_to_show_at_least_one(app: Flask) -> None:
    assert run(app, "verify", "history", "--show", "0").exit_code == 2
