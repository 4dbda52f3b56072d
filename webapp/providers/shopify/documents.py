"""Every question this product asks Shopify, in GraphQL.

Source: Shopify's Admin schema, 2026-07; tests/providers/test_shopify_documents.py validates them against a copy.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """One GraphQL operation: `words` for people, `name` for Shopify's log, `field` where its answer is."""

    words: str
    name: str
    field: str
    text: str
    is_query: bool = True


# One query may cost 1,000 points, counted by the lengths of its pages: pages are short, the rest is read after.

FIND = Document(
    "Find order by name",
    "FindOrders",
    "orders",
    """
query FindOrders($q: String!) { orders(first: 5, query: $q) { nodes { id name } } }
""",
)

ORDER = Document(
    "Fetch order",
    "Order",
    "order",
    """
query Order($id: ID!) { order(id: $id) {
  id name displayFulfillmentStatus cancelledAt
  fulfillments(first: 50) { id name status displayStatus createdAt
    trackingInfo(first: 5) { number url company }
    fulfillmentLineItems(first: 5) {
      pageInfo { hasNextPage endCursor } nodes { quantity lineItem { id sku } } } } } }
""",
)

FULFILLMENT_LINES = Document(
    "Fetch lines of fulfillment",
    "FulfillmentLines",
    "fulfillment",
    """
query FulfillmentLines($id: ID!, $after: String) { fulfillment(id: $id) {
  fulfillmentLineItems(first: 50, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { quantity lineItem { id sku } } } } }
""",
)

FULFILLMENT_ORDERS = Document(
    "Fetch fulfillment orders",
    "FulfillmentOrders",
    "order",
    """
query FulfillmentOrders($id: ID!, $after: String) { order(id: $id) {
  fulfillmentOrders(first: 10, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    id status requestStatus assignedLocation { name location { id } }
    supportedActions { action } fulfillmentHolds { reason }
    lineItems(first: 20) { pageInfo { hasNextPage endCursor } nodes {
      id totalQuantity remainingQuantity sku lineItem { id } } } } } } }
""",
)

FULFILLMENT_ORDER_LINES = Document(
    "Fetch lines of fulfillment order",
    "FulfillmentOrderLines",
    "fulfillmentOrder",
    """
query FulfillmentOrderLines($id: ID!, $after: String) { fulfillmentOrder(id: $id) {
  lineItems(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    id totalQuantity remainingQuantity sku lineItem { id } } } } }
""",
)

CREATE = Document(
    "Submit tracking",
    "Submit",
    "fulfillmentCreate",
    """
mutation Submit($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { id status } userErrors { field message } } }
""",
    is_query=False,
)

TRACK = Document(
    "Update tracking",
    "Track",
    "fulfillmentTrackingInfoUpdate",
    """
mutation Track($id: ID!, $t: FulfillmentTrackingInput!, $n: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t, notifyCustomer: $n) {
    fulfillment { id name status displayStatus trackingInfo(first: 5) { number url company } }
    userErrors { field message } } }
""",
    is_query=False,
)

CANCEL = Document(
    "Cancel fulfillment",
    "Cancel",
    "fulfillmentCancel",
    """
mutation Cancel($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { id status } userErrors { field message } } }
""",
    is_query=False,
)

SCOPES = Document(
    "Test connection",
    "Scopes",
    "currentAppInstallation",
    """
query Scopes { currentAppInstallation { accessScopes { handle } } }
""",
)

DOCUMENTS = (
    FIND,
    ORDER,
    FULFILLMENT_LINES,
    FULFILLMENT_ORDERS,
    FULFILLMENT_ORDER_LINES,
    CREATE,
    TRACK,
    CANCEL,
    SCOPES,
)
