"""The rules behind webapp.queries.invariants: each a statement that selects what breaks it, and the words for it.

The statements use only what SQLite and PostgreSQL share, and aggregate before they join, so that each reads its
tables once. Shipments that are not voided are called live: they hold their units.
"""

from dataclasses import dataclass

from webapp.statuses import SHIPPED_STATUSES

_SHIPPED = ", ".join(f"'{status.value}'" for status in SHIPPED_STATUSES)
_SHIPMENT, _BUDGET = "shipment {id}", "fulfillment order line {id}"


@dataclass(frozen=True)
class Rule:
    """`subject` and `message` are filled with the columns of the statement."""

    name: str
    statement: str
    subject: str
    message: str


_STOCK = (
    Rule(
        "layers_equal_on_hand",
        """
        SELECT product_id, warehouse_id, SUM(moved) AS moved, SUM(kept) AS kept FROM (
            SELECT product_id, warehouse_id, quantity AS moved, 0 AS kept
            FROM inventory_movements WHERE inventory_status = 'available'
            UNION ALL SELECT product_id, warehouse_id, 0, remaining FROM cost_layers
        ) AS entries GROUP BY product_id, warehouse_id HAVING SUM(moved) <> SUM(kept)
        """,
        "product {product_id} in warehouse {warehouse_id}",
        "movements add up to {moved} available, the cost layers hold {kept}",
    ),
    Rule(
        "layer_remaining_equals_its_movements",
        """
        SELECT layer.id, layer.remaining, COALESCE(moved.quantity, 0) AS moved FROM cost_layers AS layer
        LEFT JOIN (
            SELECT cost_layer_id, SUM(quantity) AS quantity FROM inventory_movements
            WHERE cost_layer_id IS NOT NULL GROUP BY cost_layer_id
        ) AS moved ON moved.cost_layer_id = layer.id
        WHERE layer.remaining <> COALESCE(moved.quantity, 0)
        """,
        "cost layer {id}",
        "{remaining} remain, its movements add up to {moved}",
    ),
    Rule(
        "movement_agrees_with_its_layer",
        """
        SELECT movement.id, layer.id AS layer_id FROM inventory_movements AS movement
        JOIN cost_layers AS layer ON layer.id = movement.cost_layer_id
        WHERE movement.product_id <> layer.product_id OR movement.warehouse_id <> layer.warehouse_id
            OR movement.unit_cost <> layer.unit_cost
        """,
        "movement {id}",
        "product, warehouse or unit cost are not those of its cost layer {layer_id}",
    ),
    Rule(
        "reversal_is_exact",
        """
        SELECT reversal.id, original.id AS original_id FROM inventory_movements AS reversal
        JOIN inventory_movements AS original ON original.id = reversal.reverses_id
        WHERE reversal.quantity <> -original.quantity OR reversal.product_id <> original.product_id
            OR reversal.warehouse_id <> original.warehouse_id
            OR reversal.inventory_status <> original.inventory_status
            OR reversal.unit_cost <> original.unit_cost
            OR COALESCE(reversal.cost_layer_id, 0) <> COALESCE(original.cost_layer_id, 0)
            OR COALESCE(reversal.fulfillment_id, 0) <> COALESCE(original.fulfillment_id, 0)
            OR COALESCE(reversal.fulfillment_line_id, 0) <> COALESCE(original.fulfillment_line_id, 0)
        """,
        "movement {id}",
        "is not the exact inverse of movement {original_id}, which it reverses",
    ),
    Rule(
        "shipment_moves_what_it_holds",
        """
        SELECT line.id, line.fulfillment_id, COALESCE(moved.quantity, 0) AS moved,
            CASE WHEN shipment.voided_at IS NULL THEN -line.quantity ELSE 0 END AS expected
        FROM fulfillment_lines AS line JOIN fulfillments AS shipment ON shipment.id = line.fulfillment_id
        LEFT JOIN (
            SELECT fulfillment_line_id, SUM(quantity) AS quantity FROM inventory_movements
            WHERE fulfillment_line_id IS NOT NULL GROUP BY fulfillment_line_id
        ) AS moved ON moved.fulfillment_line_id = line.id
        WHERE COALESCE(moved.quantity, 0) <> CASE WHEN shipment.voided_at IS NULL THEN -line.quantity ELSE 0 END
        """,
        "line {id} of shipment {fulfillment_id}",
        "its movements add up to {moved} instead of {expected}",
    ),
    Rule(
        "voided_shipment_nets_to_nothing",
        """
        SELECT movement.fulfillment_id, movement.product_id, movement.warehouse_id, movement.inventory_status,
            SUM(movement.quantity) AS quantity
        FROM inventory_movements AS movement JOIN fulfillments AS shipment ON shipment.id = movement.fulfillment_id
        WHERE shipment.voided_at IS NOT NULL
        GROUP BY movement.fulfillment_id, movement.product_id, movement.warehouse_id, movement.inventory_status,
            movement.cost_layer_id
        HAVING SUM(movement.quantity) <> 0
        """,
        "voided shipment {fulfillment_id}",
        "{quantity} of product {product_id} are left over in warehouse {warehouse_id} ({inventory_status})",
    ),
)
_BUDGETS = (
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
        _BUDGET,
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
        _BUDGET,
        "{remaining} units remain, {promised} are allocated to it",
    ),
)
_SHIPMENTS = (
    Rule(
        "counts_equal_lines",
        """
        SELECT shipment.id, shipment.item_count, shipment.unit_count, COALESCE(held.items, 0) AS items,
            COALESCE(held.units, 0) AS units
        FROM fulfillments AS shipment LEFT JOIN (
            SELECT fulfillment_id, COUNT(*) AS items, SUM(quantity) AS units
            FROM fulfillment_lines GROUP BY fulfillment_id
        ) AS held ON held.fulfillment_id = shipment.id
        WHERE shipment.item_count <> COALESCE(held.items, 0) OR shipment.unit_count <> COALESCE(held.units, 0)
        """,
        _SHIPMENT,
        "says {item_count} items and {unit_count} units, its lines have {items} and {units}",
    ),
    Rule(
        "number_is_order_and_sequence",
        """
        SELECT shipment.id, shipment.fulfillment_number, sales_order.order_number, shipment.sequence
        FROM fulfillments AS shipment JOIN sales_orders AS sales_order ON sales_order.id = shipment.sales_order_id
        WHERE shipment.fulfillment_number <> sales_order.order_number || '.' || CAST(shipment.sequence AS TEXT)
        """,
        _SHIPMENT,
        "is called {fulfillment_number}, but is number {sequence} of {order_number}",
    ),
    Rule(
        "shipment_agrees_with_its_fulfillment_order",
        """
        SELECT shipment.id, intent.id AS intent_id FROM fulfillments AS shipment
        JOIN fulfillment_orders AS intent ON intent.id = shipment.fulfillment_order_id
        WHERE shipment.sales_order_id <> intent.sales_order_id OR shipment.warehouse_id <> intent.warehouse_id
            OR (intent.status = 'cancelled' AND shipment.voided_at IS NULL)
        """,
        _SHIPMENT,
        "order, warehouse or state do not fit fulfillment order {intent_id}",
    ),
    Rule(
        "line_agrees_with_order_and_budget",
        """
        SELECT line.id, line.fulfillment_id FROM fulfillment_lines AS line
        JOIN fulfillments AS shipment ON shipment.id = line.fulfillment_id
        JOIN fulfillment_order_lines AS budget ON budget.id = line.fulfillment_order_line_id
        JOIN sales_order_lines AS ordered ON ordered.id = line.sales_order_line_id
        WHERE budget.sales_order_line_id <> ordered.id OR ordered.product_id <> line.product_id
            OR ordered.sales_order_id <> shipment.sales_order_id
            OR budget.fulfillment_order_id <> shipment.fulfillment_order_id
        """,
        "line {id} of shipment {fulfillment_id}",
        "its product, order line and budget do not belong together",
    ),
    Rule(
        "order_fulfillment_status_follows_its_lines",
        """
        SELECT sales_order.id, sales_order.fulfillment_status, totals.expected FROM sales_orders AS sales_order
        JOIN (
            SELECT ordered.sales_order_id, CASE
                WHEN MAX(COALESCE(held.quantity, 0) - ordered.quantity) > 0 THEN 'over_fulfilled'
                WHEN SUM(COALESCE(held.quantity, 0)) = 0 THEN 'unfulfilled'
                WHEN SUM(COALESCE(held.quantity, 0)) < SUM(ordered.quantity) THEN 'partially_fulfilled'
                ELSE 'fulfilled' END AS expected
            FROM sales_order_lines AS ordered LEFT JOIN (
                SELECT line.sales_order_line_id, SUM(line.quantity) AS quantity FROM fulfillment_lines AS line
                JOIN fulfillments AS shipment ON shipment.id = line.fulfillment_id
                WHERE shipment.voided_at IS NULL GROUP BY line.sales_order_line_id
            ) AS held ON held.sales_order_line_id = ordered.id
            GROUP BY ordered.sales_order_id
        ) AS totals ON totals.sales_order_id = sales_order.id
        WHERE sales_order.fulfillment_status NOT IN (totals.expected, 'out_of_sync')
        """,
        "sales order {id}",
        "is {fulfillment_status}; by its live shipments it would be {expected}",
    ),
    Rule(
        "shipped_date_only_when_shipped",
        f"""
        SELECT id, status FROM fulfillments
        WHERE fulfilled_at IS NOT NULL AND COALESCE(status_before_void, status) NOT IN ({_SHIPPED}, 'canceled')
        """,
        _SHIPMENT,
        "has a date of shipping although it is {status}",
    ),
    Rule(
        "history_tells_of_the_beginning",
        """
        SELECT shipment.id, COALESCE(told.times, 0) AS times FROM fulfillments AS shipment LEFT JOIN (
            SELECT fulfillment_id, COUNT(*) AS times FROM activities
            WHERE subject_type = 'fulfillment' AND event IN ('created', 'imported') GROUP BY fulfillment_id
        ) AS told ON told.fulfillment_id = shipment.id
        WHERE COALESCE(told.times, 0) <> 1
        """,
        _SHIPMENT,
        "its history tells {times} times how it began",
    ),
    Rule(
        "history_tells_of_every_void",
        """
        SELECT shipment.id, COALESCE(told.balance, 0) AS balance FROM fulfillments AS shipment LEFT JOIN (
            SELECT fulfillment_id, SUM(CASE WHEN event = 'voided' THEN 1 ELSE -1 END) AS balance FROM activities
            WHERE subject_type = 'fulfillment' AND event IN ('voided', 'restored') GROUP BY fulfillment_id
        ) AS told ON told.fulfillment_id = shipment.id
        WHERE COALESCE(told.balance, 0) <> CASE WHEN shipment.voided_at IS NULL THEN 0 ELSE 1 END
        """,
        _SHIPMENT,
        "its history has {balance} more voids than restores",
    ),
    Rule(
        "shipment_can_be_searched",
        """
        SELECT shipment.id, shipment.fulfillment_number FROM fulfillments AS shipment
        WHERE NOT EXISTS (
            SELECT 1 FROM fulfillment_search_texts AS search
            WHERE search.fulfillment_id = shipment.id AND search.text <> ''
        )
        """,
        _SHIPMENT,
        "the search box cannot find {fulfillment_number}",
    ),
)
RULES = (*_STOCK, *_BUDGETS, *_SHIPMENTS)
