"""Sound data breaks no rule; each way of tampering with it is found by the rule that stands against it."""

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.emptying import unguarded
from tests.factories import NOON, Factory
from tests.ledger import broken_rules
from webapp.extensions import db
from webapp.queries.invariant_rules import RULES
from webapp.queries.invariants import violations
from webapp.services import history
from webapp.services.actors import Actor
from webapp.services.history import Entry
from webapp.statuses import ActivityEvent

# For each rule the statements that break it, over a live and a voided shipment, each of its own order.
TAMPERING: dict[str, list[str]] = {
    "layers_equal_on_hand": ["UPDATE cost_layers SET remaining = remaining - 1 WHERE id = :layer"],
    "layer_remaining_equals_its_movements": [
        "UPDATE cost_layers SET quantity = 99, remaining = 99 WHERE id = :layer"
    ],
    "movement_agrees_with_its_layer": ["UPDATE inventory_movements SET unit_cost = 99 WHERE id = :sale"],
    "reversal_is_exact": ["UPDATE inventory_movements SET unit_cost = 99 WHERE id = :reversal"],
    "shipment_moves_what_it_holds": ["UPDATE inventory_movements SET quantity = -1 WHERE id = :sale"],
    "voided_shipment_nets_to_nothing": ["UPDATE inventory_movements SET quantity = 1 WHERE id = :reversal"],
    "budget_equals_live_lines": [
        "UPDATE fulfillment_order_lines SET remaining = remaining + 1 WHERE id = :budget"
    ],
    "budgets_within_ordered": ["UPDATE fulfillment_order_lines SET quantity = quantity + 1 WHERE id = :budget"],
    "fulfillment_order_is_open_while_units_remain": [
        "UPDATE fulfillment_orders SET status = 'open' WHERE id = :intent"
    ],
    "live_line_is_allocated": ["UPDATE allocations SET quantity = quantity + 1 WHERE id = :promise"],
    "allocation_agrees_with_its_line": [
        "UPDATE allocations SET fulfillment_order_line_id = :other_budget WHERE id = :promise"
    ],
    "allocations_within_ordered": ["UPDATE allocations SET quantity = quantity + 1 WHERE id = :promise"],
    "open_allocations_within_remaining": [
        "UPDATE allocations SET status = 'allocated', fulfillment_line_id = NULL WHERE id = :promise"
    ],
    "counts_equal_lines": ["UPDATE fulfillments SET unit_count = unit_count + 1 WHERE id = :shipment"],
    "number_is_order_and_sequence": ["UPDATE fulfillments SET fulfillment_number = 'X.1' WHERE id = :shipment"],
    "shipment_agrees_with_its_fulfillment_order": [
        "UPDATE fulfillment_orders SET status = 'cancelled' WHERE id = :intent"
    ],
    "line_agrees_with_order_and_budget": [
        "UPDATE fulfillment_lines SET product_id = :other_product WHERE id = :line"
    ],
    "order_fulfillment_status_follows_its_lines": [
        "UPDATE sales_orders SET fulfillment_status = 'unfulfilled' WHERE id = :order_id"
    ],
    "order_closes_with_its_last_shipment": ["UPDATE sales_orders SET status = 'closed' WHERE id = :order_id"],
    "void_remembers_its_siblings": ["UPDATE fulfillments SET newest_sibling_at_void = NULL"],
    "shipped_date_only_when_shipped": ["UPDATE fulfillments SET fulfilled_at = created_at WHERE id = :shipment"],
    "history_tells_of_the_beginning": ["DELETE FROM activities WHERE id = :beginning"],
    "history_tells_of_every_void": ["DELETE FROM activities WHERE event = 'voided'"],
    "shipment_can_be_searched": ["UPDATE fulfillment_search_texts SET text = '' WHERE fulfillment_id = :shipment"],
}


@pytest.fixture
def ids(make: Factory) -> dict[str, int]:
    """Sound data, and the ids by which the statements above name its rows."""
    live = make.shipment()
    voided = make.shipment(lines=(("NWP-042", 3, "5.00"),))
    _void(voided.id)
    found = {"shipment": live.id, "order_id": live.sales_order_id, "intent": live.fulfillment_order_id}
    for name, statement in {
        "line": "SELECT id FROM fulfillment_lines WHERE fulfillment_id = :live",
        "budget": "SELECT fulfillment_order_line_id FROM fulfillment_lines WHERE fulfillment_id = :live",
        "other_budget": "SELECT fulfillment_order_line_id FROM fulfillment_lines WHERE fulfillment_id = :voided",
        "other_product": "SELECT product_id FROM fulfillment_lines WHERE fulfillment_id = :voided",
        "sale": "SELECT id FROM inventory_movements WHERE fulfillment_id = :live",
        "layer": "SELECT cost_layer_id FROM inventory_movements WHERE fulfillment_id = :live",
        "reversal": "SELECT id FROM inventory_movements WHERE reverses_id IS NOT NULL",
        "promise": "SELECT id FROM allocations WHERE fulfillment_line_id IS NOT NULL",
        "beginning": "SELECT id FROM activities WHERE fulfillment_id = :live AND event = 'created'",
    }.items():
        given = {"live": live.id, "voided": voided.id}
        used = {key: value for key, value in given.items() if f":{key}" in statement}
        found[name] = db.session.execute(sa.text(statement), used).scalar_one()
    return found


def test_sound_data_breaks_no_rule(ids: dict[str, int]) -> None:
    assert violations() == []


def test_an_empty_database_breaks_no_rule(app: Flask) -> None:
    assert violations() == []


def test_every_rule_has_its_tampering() -> None:
    assert {rule.name for rule in RULES} == set(TAMPERING)


@pytest.mark.parametrize("rule", TAMPERING)
def test_tampering_is_found(ids: dict[str, int], rule: str) -> None:
    with unguarded(db.session.connection()):
        for statement in TAMPERING[rule]:
            db.session.execute(sa.text(statement), {key: ids[key] for key in ids if f":{key} " in f"{statement} "})
    found = violations(only=rule)
    assert {violation.rule for violation in found} == {rule}
    assert broken_rules() == {violation.rule for violation in violations()}
    assert all(violation.subject and "{" not in str(violation) for violation in found)
    db.session.rollback()
    assert violations() == []


def test_a_rule_nobody_knows_is_refused(app: Flask) -> None:
    with pytest.raises(LookupError, match=r"There is no rule 'tidiness'. Rules: layers_equal_on_hand, "):
        violations(only="tidiness")


def test_no_more_than_so_many_rows_are_shown_for_a_rule(make: Factory) -> None:
    for _ in range(3):
        make.shipment()
    db.session.execute(sa.text("UPDATE fulfillments SET unit_count = 99"))
    assert len(violations(only="counts_equal_lines", shown_per_rule=2)) == 2
    assert len(violations(only="counts_equal_lines")) == 3


def _void(shipment_id: int) -> None:
    """Void a shipment with everything that goes with it."""
    for statement in (
        "UPDATE fulfillments SET status_before_void = status, status = 'canceled', voided_at = created_at, "
        "newest_sibling_at_void = id "
        "WHERE id = :id",
        "INSERT INTO inventory_movements (type, inventory_status, product_id, warehouse_id, cost_layer_id, "
        "quantity, unit_cost, fulfillment_id, fulfillment_line_id, reference, reverses_id, occurred_at) "
        "SELECT type, inventory_status, product_id, warehouse_id, cost_layer_id, -quantity, unit_cost, "
        "fulfillment_id, fulfillment_line_id, reference, id, occurred_at FROM inventory_movements "
        "WHERE fulfillment_id = :id",
        "UPDATE cost_layers SET remaining = quantity WHERE id IN "
        "(SELECT cost_layer_id FROM inventory_movements WHERE fulfillment_id = :id)",
        "UPDATE allocations SET status = 'allocated', fulfillment_line_id = NULL WHERE fulfillment_line_id IN "
        "(SELECT id FROM fulfillment_lines WHERE fulfillment_id = :id)",
        "UPDATE fulfillment_order_lines SET remaining = quantity WHERE id IN "
        "(SELECT fulfillment_order_line_id FROM fulfillment_lines WHERE fulfillment_id = :id)",
        "UPDATE fulfillment_orders SET status = 'open' WHERE id = "
        "(SELECT fulfillment_order_id FROM fulfillments WHERE id = :id)",
        "UPDATE sales_orders SET fulfillment_status = 'unfulfilled' WHERE id = "
        "(SELECT sales_order_id FROM fulfillments WHERE id = :id)",
    ):
        db.session.execute(sa.text(statement), {"id": shipment_id})
    history.record_many([Entry(ActivityEvent.VOIDED, fulfillment_id=shipment_id)], Actor(), occurred_at=NOON)
    db.session.commit()
