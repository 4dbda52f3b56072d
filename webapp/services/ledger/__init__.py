"""What every change of stock shares: locks, movements and their reversals, allocations, budgets, order status.

All of it works on sets with a constant number of statements: one shipment and a hundred cost the same round
trips. The order of the locks is always the same: fulfillments by id, their fulfillment orders by id, the lines of
these by id, allocations by id, cost layers by id, and the sales orders last. A fulfillment order's lock covers its
lines and its allocations, so whoever changes those holds it first.
"""
