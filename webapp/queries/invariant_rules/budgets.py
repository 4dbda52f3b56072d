"""Budgets: what may still be shipped, and what is promised, add up to what was ordered."""

from webapp.queries.invariant_rules.rule import BUDGET, Rule

BUDGETS = (
    Rule(
        "budget_equals_live_lines",
        """
        SELECT budget.id, budget.quantity - budget.remaining AS used, COALESCE(held.quantity, 0) AS held
        FROM fulfillment_order_lines AS budget
        LEFT JOIN (
            SELECT line.fulfillment_order_line_id, SUM(line.quantity) AS quantity FROM fulfillment_lines AS line
            JOIN fulfillments AS shipment ON shipment.id = line.fulfillment_id
            WHERE shipment.voided_at IS NULL GROUP BY line.fulfillment_order_line_id
        ) AS held ON held.fulfillment_order_line_id = budget.id
        WHERE budget.quantity - budget.remaining <> COALESCE(held.quantity, 0)
        """,
        BUDGET,
        "{used} units are used up, live shipments hold {held}",
    ),
    Rule(
        "budgets_within_ordered",
        """
        SELECT line.id, line.quantity, SUM(budget.quantity) AS budgeted FROM fulfillment_order_lines AS budget
        JOIN fulfillment_orders AS intent ON intent.id = budget.fulfillment_order_id
        JOIN sales_order_lines AS line ON line.id = budget.sales_order_line_id
        WHERE intent.status <> 'cancelled' GROUP BY line.id, line.quantity
        HAVING SUM(budget.quantity) > line.quantity
        """,
        "sales order line {id}",
        "{quantity} were ordered, {budgeted} are on fulfillment orders",
    ),
    Rule(
        "fulfillment_order_is_open_while_units_remain",
        """
        SELECT intent.id, intent.status, SUM(budget.remaining) AS remaining FROM fulfillment_orders AS intent
        JOIN fulfillment_order_lines AS budget ON budget.fulfillment_order_id = intent.id
        WHERE intent.status <> 'cancelled' GROUP BY intent.id, intent.status
        HAVING (intent.status = 'open') <> (SUM(budget.remaining) > 0)
        """,
        "fulfillment order {id}",
        "is {status} with {remaining} units remaining",
    ),
    Rule(
        "live_line_is_allocated",
        """
        SELECT line.id, line.fulfillment_id, COALESCE(held.quantity, 0) AS held,
            CASE WHEN shipment.voided_at IS NULL THEN line.quantity ELSE 0 END AS expected
        FROM fulfillment_lines AS line JOIN fulfillments AS shipment ON shipment.id = line.fulfillment_id
        LEFT JOIN (
            SELECT fulfillment_line_id, SUM(quantity) AS quantity FROM allocations
            WHERE status = 'fulfilled' GROUP BY fulfillment_line_id
        ) AS held ON held.fulfillment_line_id = line.id
        WHERE COALESCE(held.quantity, 0) <> CASE WHEN shipment.voided_at IS NULL THEN line.quantity ELSE 0 END
        """,
        "line {id} of shipment {fulfillment_id}",
        "allocations marked fulfilled add up to {held} instead of {expected}",
    ),
    Rule(
        "allocation_agrees_with_its_line",
        """
        SELECT promise.id, line.id AS line_id FROM allocations AS promise
        JOIN fulfillment_lines AS line ON line.id = promise.fulfillment_line_id
        WHERE promise.sales_order_line_id <> line.sales_order_line_id
            OR COALESCE(promise.fulfillment_order_line_id, 0) <> line.fulfillment_order_line_id
        """,
        "allocation {id}",
        "belongs to another order line than shipment line {line_id}, which it names",
    ),
    Rule(
        "allocations_within_ordered",
        """
        SELECT line.id, line.quantity, SUM(promise.quantity) AS promised FROM allocations AS promise
        JOIN sales_order_lines AS line ON line.id = promise.sales_order_line_id
        WHERE promise.status <> 'cancelled' GROUP BY line.id, line.quantity
        HAVING SUM(promise.quantity) > line.quantity
        """,
        "sales order line {id}",
        "{quantity} were ordered, {promised} are allocated",
    ),
    Rule(
        "open_allocations_within_remaining",
        """
        SELECT budget.id, budget.remaining, SUM(promise.quantity) AS promised FROM allocations AS promise
        JOIN fulfillment_order_lines AS budget ON budget.id = promise.fulfillment_order_line_id
        WHERE promise.status NOT IN ('fulfilled', 'cancelled') GROUP BY budget.id, budget.remaining
        HAVING SUM(promise.quantity) > budget.remaining
        """,
        BUDGET,
        "{remaining} units remain, {promised} are allocated to it",
    ),
)
