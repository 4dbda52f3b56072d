"""Every question this product asks ShipHero, in GraphQL.

Source: ShipHero's public schema; tests/providers/test_shiphero_documents.py validates them against a saved copy.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """One GraphQL operation: `words` for people, `name` for ShipHero's log, `field` where its answer is.

    `price` is about what it costs in credits. None is taken for less than five: at 60 credits a second that keeps
    the limit of 7,000 requests in five minutes as well.
    """

    words: str
    name: str
    field: str
    text: str
    is_query: bool = True
    price: int = 5


# A page's length is also its price in credits, so pages are short and the rest is read page by page.

ORDER = Document(
    "Fetch order",
    "Order",
    "order",
    """
query Order($id: String!, $after: String) {
  order(id: $id) { request_id complexity data {
    id legacy_id order_number partner_order_id shop_name fulfillment_status hold_until_date
    holds { fraud_hold address_hold shipping_method_hold operator_hold payment_hold client_hold }
    shipping_lines { title carrier method price }
    line_items(first: 50, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
      id sku partner_line_item_id quantity quantity_allocated quantity_pending_fulfillment
      quantity_shipped backorder_quantity fulfillment_status } } }
    shipments { id created_date completed delivered shipped_off_shiphero warehouse_id
      shipping_labels { id status tracking_number carrier shipping_name shipping_method cost
        created_date refunded needs_refund delivered picked_up } } } } }
""",
    price=60,
)

ORDERS_NUMBERED = Document(
    "Find order by number",
    "FindOrders",
    "orders",
    """
query FindOrders($number: String!, $shop: String, $customer: String, $after: String) {
  orders(order_number: $number, shop_name: $shop, customer_account_id: $customer) { request_id complexity
    data(first: 10, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
      id order_number shop_name fulfillment_status } } } } }
""",
    price=15,
)

CREATE = Document(
    "Create order",
    "CreateOrder",
    "order_create",
    """
mutation CreateOrder($data: CreateOrderInput!) {
  order_create(data: $data) { request_id complexity order { id order_number fulfillment_status } } }
""",
    is_query=False,
)

CANCEL = Document(
    "Cancel order",
    "CancelOrder",
    "order_cancel",
    """
mutation CancelOrder($data: CancelOrderInput!) {
  order_cancel(data: $data) { request_id complexity order { id order_number fulfillment_status } } }
""",
    is_query=False,
)

ADD_LINES = Document(
    "Add lines",
    "AddLines",
    "order_add_line_items",
    """
mutation AddLines($data: AddLineItemsInput!) {
  order_add_line_items(data: $data) { request_id complexity order { id } } }
""",
    is_query=False,
)

CHANGE_LINES = Document(
    "Change lines",
    "ChangeLines",
    "order_update_line_items",
    """
mutation ChangeLines($data: UpdateLineItemsInput!) {
  order_update_line_items(data: $data) { request_id complexity order { id } } }
""",
    is_query=False,
)

REMOVE_LINES = Document(
    "Remove lines",
    "RemoveLines",
    "order_remove_line_items",
    """
mutation RemoveLines($data: RemoveLineItemsInput!) {
  order_remove_line_items(data: $data) { request_id complexity order { id } } }
""",
    is_query=False,
)

QUOTA = Document(
    "Test connection",
    "Quota",
    "user_quota",
    """
query Quota { user_quota { credits_remaining max_available increment_rate } }
""",
)

DOCUMENTS = (ORDER, ORDERS_NUMBERED, CREATE, CANCEL, ADD_LINES, CHANGE_LINES, REMOVE_LINES, QUOTA)
