"""The list as SQL written by hand, for the floors."""

SELECT = """
SELECT f.id, f.fulfillment_number, f.status, f.fulfillment_type, o.order_number, o.name, o.city, o.country_code,
       c.name, s.name, w.name, a.name, f.provider_state, f.provider_problem, f.tracking_number, f.carrier,
       f.requested_shipping_method, f.requested_shipping_method_manual, f.fulfilled_shipping_method,
       f.fulfilled_shipping_method_manual, f.item_count, f.unit_count, f.cost, f.submitted_to_sales_channel_at,
       f.fulfilled_at, f.packing_slip_printed_at, f.created_at, f.updated_at
FROM fulfillments f
JOIN sales_orders o ON o.id = f.sales_order_id
JOIN stores s ON s.id = o.store_id
JOIN sales_channels c ON c.id = s.sales_channel_id
JOIN warehouses w ON w.id = f.warehouse_id
LEFT JOIN provider_accounts a ON a.id = f.provider_account_id
WHERE f.voided_at IS NULL AND f.archived_at IS NULL AND {where}
ORDER BY f.id DESC LIMIT 51
"""
