"""Stock: cost layers and the ledger agree, and no unit leaves twice."""

from webapp.queries.invariant_rules.rule import Rule

STOCK = (
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
