"""Shipments: counts, numbers, references, history and search text belong together."""

from webapp.queries.invariant_rules.rule import SHIPMENT, Rule
from webapp.statuses import OPEN_STATUSES, SHIPPED_STATUSES

_OPEN = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)
_SHIPPED = ", ".join(f"'{status.value}'" for status in SHIPPED_STATUSES)
SHIPMENTS = (
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
        SHIPMENT,
        "says {item_count} items and {unit_count} units, its lines have {items} and {units}",
    ),
    Rule(
        "number_is_order_and_sequence",
        """
        SELECT shipment.id, shipment.fulfillment_number, sales_order.order_number, shipment.sequence
        FROM fulfillments AS shipment JOIN sales_orders AS sales_order ON sales_order.id = shipment.sales_order_id
        WHERE shipment.fulfillment_number <> sales_order.order_number || '.' || CAST(shipment.sequence AS TEXT)
        """,
        SHIPMENT,
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
        SHIPMENT,
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
        "order_closes_with_its_last_shipment",
        # Whether it is whole is what its fulfillment status says, which the rule above looks after.
        f"""
        SELECT sales_order.id, sales_order.status, sales_order.fulfillment_status,
            COALESCE(waiting.shipments, 0) AS waiting
        FROM sales_orders AS sales_order LEFT JOIN (
            SELECT sales_order_id, COUNT(*) AS shipments FROM fulfillments
            WHERE voided_at IS NULL AND status IN ({_OPEN}) GROUP BY sales_order_id
        ) AS waiting ON waiting.sales_order_id = sales_order.id
        WHERE sales_order.status IN ('open', 'closed')
            AND sales_order.fulfillment_status IN ('unfulfilled', 'partially_fulfilled', 'fulfilled')
            AND (sales_order.status = 'closed')
                <> (sales_order.fulfillment_status = 'fulfilled' AND waiting.shipments IS NULL)
        """,
        "sales order {id}",
        "is {status}, {fulfillment_status}, and {waiting} of its shipments are still to leave",
    ),
    Rule(
        "void_remembers_its_siblings",
        """
        SELECT id, newest_sibling_at_void FROM fulfillments
        WHERE (voided_at IS NULL) <> (newest_sibling_at_void IS NULL) OR newest_sibling_at_void < id
        """,
        SHIPMENT,
        "does not know which shipments were there when it was voided ({newest_sibling_at_void})",
    ),
    Rule(
        "shipped_date_only_when_shipped",
        f"""
        SELECT id, status FROM fulfillments
        WHERE fulfilled_at IS NOT NULL AND COALESCE(status_before_void, status) NOT IN ({_SHIPPED}, 'canceled')
        """,
        SHIPMENT,
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
        SHIPMENT,
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
        SHIPMENT,
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
        SHIPMENT,
        "the search box cannot find {fulfillment_number}",
    ),
)
