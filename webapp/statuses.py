"""Every enumeration of the domain: its stored value, its label for people, its tone, its named groups."""

from enum import StrEnum

from webapp.choices import Choice, Tone


class FulfillmentStatus(Choice):
    SUBMITTED = "submitted", "Submitted", Tone.NEUTRAL
    ACKNOWLEDGED = "acknowledged", "Acknowledged", Tone.NEUTRAL
    PICKED = "picked", "Picked", Tone.INFO
    PACKED = "packed", "Packed", Tone.INFO
    AWAITING_PICKUP = "awaiting_pickup", "Awaiting pickup", Tone.INFO
    FULFILLED = "fulfilled", "Shipped", Tone.GOOD
    FULFILLED_AWAITING_INFO = "fulfilled_awaiting_info", "Shipped, no tracking", Tone.WARNING
    CANCELED = "canceled", "Canceled", Tone.NEUTRAL


OPEN_STATUSES = (
    FulfillmentStatus.SUBMITTED,
    FulfillmentStatus.ACKNOWLEDGED,
    FulfillmentStatus.PICKED,
    FulfillmentStatus.PACKED,
    FulfillmentStatus.AWAITING_PICKUP,
)
SHIPPED_STATUSES = (FulfillmentStatus.FULFILLED, FulfillmentStatus.FULFILLED_AWAITING_INFO)
FULFILLMENT_PROGRESS = (*OPEN_STATUSES, FulfillmentStatus.FULFILLED_AWAITING_INFO, FulfillmentStatus.FULFILLED)
"""The way of a shipment; what a provider says moves it forwards along this, never back."""


class FulfillmentType(Choice):
    MANUAL = "manual", "Manual"
    SHIPSTATION = "shipstation", "ShipStation"
    STARSHIPIT = "starshipit", "Starshipit"
    SHIPMYORDERS = "shipmyorders", "ShipMyOrders"
    FBA = "fba", "Amazon MCF"
    WALMART_WFS = "walmart_wfs", "Walmart WFS"
    VERACORE = "veracore", "VeraCore"
    SHIPHERO = "shiphero", "ShipHero"
    SHIPFUSION = "shipfusion", "Shipfusion"
    D3 = "d3", "D3"
    TRACKSTAR = "trackstar", "Trackstar"
    PICKUP = "pickup", "Pickup"
    SALES_CHANNEL = "sales_channel", "Sales channel"


class FulfillmentOrderStatus(Choice):
    OPEN = "open", "Open", Tone.INFO
    CLOSED = "closed", "Closed", Tone.GOOD
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL


class FulfillmentOrderRequestStatus(Choice):
    UNSUBMITTED = "unsubmitted", "Not submitted"
    SUBMITTING = "submitting", "Submitting", Tone.INFO
    SUBMITTED = "submitted", "Submitted", Tone.INFO
    ACCEPTED = "accepted", "Accepted", Tone.GOOD
    ACKNOWLEDGED = "acknowledged", "Acknowledged", Tone.INFO
    REJECTED = "rejected", "Rejected", Tone.BAD
    CANCELLATION_REQUESTED = "cancellation_requested", "Cancellation requested", Tone.WARNING
    AWAITING_PICKUP = "awaiting_pickup", "Awaiting pickup", Tone.INFO
    PICKED_UP = "picked_up", "Picked up", Tone.GOOD


class AllocationStatus(Choice):
    PLANNED = "planned", "Planned"
    AWAITING_RECEIPT = "awaiting_receipt", "Awaiting receipt", Tone.WARNING
    ALLOCATED = "allocated", "Allocated", Tone.INFO
    FULFILLED = "fulfilled", "Fulfilled", Tone.GOOD
    CANCELLED = "cancelled", "Cancelled"


class MovementType(Choice):
    PURCHASE = "purchase", "Purchase"
    SALE = "sale", "Sale"
    ADJUSTMENT = "adjustment", "Adjustment"
    TRANSFER = "transfer", "Transfer"


class InventoryStatus(Choice):
    AVAILABLE = "available", "Available", Tone.GOOD
    ALLOCATED = "allocated", "Allocated", Tone.INFO
    ON_HOLD = "on_hold", "On hold", Tone.WARNING
    IN_TRANSIT = "in_transit", "In transit", Tone.INFO


class SalesOrderStatus(Choice):
    DRAFT = "draft", "Draft"
    RESERVED = "reserved", "Reserved", Tone.INFO
    OPEN = "open", "Open", Tone.INFO
    CLOSED = "closed", "Closed", Tone.GOOD


class SalesOrderFulfillmentStatus(Choice):
    UNFULFILLED = "unfulfilled", "Not fulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled", "Partly fulfilled", Tone.INFO
    FULFILLED = "fulfilled", "Fulfilled", Tone.GOOD
    OVER_FULFILLED = "over_fulfilled", "Over-fulfilled", Tone.BAD
    OUT_OF_SYNC = "out_of_sync", "Out of sync", Tone.BAD


class ProviderOrderState(Choice):
    AWAITING = "awaiting", "Awaiting", Tone.NEUTRAL
    PROCESSING = "processing", "Processing", Tone.INFO
    PARTIALLY_SHIPPED = "partially_shipped", "Partly shipped", Tone.WARNING
    SHIPPED = "shipped", "Shipped", Tone.GOOD
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL
    EXCEPTION = "exception", "Exception", Tone.BAD
    UNKNOWN = "unknown", "Unknown", Tone.WARNING


class RunState(Choice):
    QUEUED = "queued", "Waiting", Tone.NEUTRAL
    RUNNING = "running", "Running", Tone.INFO
    CANCELLING = "cancelling", "Cancelling", Tone.WARNING
    SUCCEEDED = "succeeded", "Done", Tone.GOOD
    PARTLY_SUCCEEDED = "partly_succeeded", "Partly done", Tone.WARNING
    FAILED = "failed", "Failed", Tone.BAD
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL
    UNKNOWN = "unknown", "Outcome unknown", Tone.WARNING


UNFINISHED_RUN_STATES = (RunState.QUEUED, RunState.RUNNING, RunState.CANCELLING)
FINISHED_RUN_STATES = tuple(state for state in RunState if state not in UNFINISHED_RUN_STATES)


class RunKind(Choice):
    RESYNC_FROM_PROVIDER = "resync_from_provider", "Resync from provider"
    VOID = "void", "Void with its order at the provider"
    CREATE_PROVIDER_ORDER = "create_provider_order", "Send to provider"
    RESYNC_TO_PROVIDER = "resync_to_provider", "Resync to provider"
    CANCEL_PROVIDER_ORDER = "cancel_provider_order", "Cancel order at provider"
    PROVIDER_NOTICE = "provider_notice", "Notice from a provider"
    SUBMIT_TO_CHANNEL = "submit_to_channel", "Tell the sales channel"
    TAKE_BACK_AT_CHANNEL = "take_back_at_channel", "Tell the sales channel of a void"
    BULK_VOID = "bulk_void", "Void shipments"
    BULK_RESTORE = "bulk_restore", "Restore shipments"
    BULK_FULFIL = "bulk_fulfil", "Fulfil voided shipments again"
    BULK_ARCHIVE = "bulk_archive", "Archive shipments"
    BULK_UNARCHIVE = "bulk_unarchive", "Unarchive shipments"
    BULK_RESYNC_FROM = "bulk_resync_from_provider", "Resync shipments from their providers"
    BULK_RESYNC_TO = "bulk_resync_to_provider", "Resync shipments to their providers"
    BULK_CANCEL_ORDERS = "bulk_cancel_provider_orders", "Cancel orders at providers"
    BULK_SUBMIT_TO_CHANNEL = "bulk_submit_to_channel", "Submit shipments to their sales channels"
    BULK_CLEAR_CHANNEL = "bulk_clear_channel_submission", "Clear channel submissions"
    EXPORT = "export", "Export"
    PACKING_SLIPS = "packing_slips", "Packing slips"


BULK_KINDS = tuple(kind for kind in RunKind if kind.value.startswith("bulk_"))


class ExportFormat(Choice):
    XLSX = "xlsx", "Excel (XLSX)"
    CSV = "csv", "CSV"
    PDF = "pdf", "PDF"


class ExportMode(Choice):
    """What a row of an export is, or a sheet."""

    SUMMARY = "summary", "One row for each shipment"
    LINE_ITEMS = "line_items", "One row for each line"
    PACKING_SLIPS = "packing_slips", "A packing slip for each shipment"


class ExportScope(Choice):
    FILTERED = "filtered", "All that match this list"
    ALL = "all", "All shipments you can see"
    CURRENT_PAGE = "current_page", "This page"
    SELECTED = "selected", "The selected ones"


class ScheduleState(Choice):
    ACTIVE = "active", "On", Tone.GOOD
    PAUSED = "paused", "Paused", Tone.NEUTRAL
    STOPPED = "stopped", "Stopped", Tone.BAD


class BulkBucket(Choice):
    """What became of one shipment of a bulk run; each kind of run has its own word for what is done."""

    DONE = "done", "Done", Tone.GOOD
    NEEDS_CONFIRMATION = "needs_confirmation", "Needs confirmation", Tone.WARNING
    SKIPPED = "skipped", "Skipped", Tone.NEUTRAL
    ERRORS = "errors", "Errors", Tone.BAD


class VoidBucket(Choice):
    """What became of one shipment that was to be voided."""

    VOIDED = "voided", "Voided", Tone.GOOD
    NEEDS_PROVIDER = "needs_provider", "Ask the provider first", Tone.INFO
    NEEDS_CONFIRMATION = "needs_confirmation", "Needs confirmation", Tone.WARNING
    SKIPPED = "skipped", "Skipped", Tone.NEUTRAL
    ERRORS = "errors", "Errors", Tone.BAD


class ExchangeOutcome(Choice):
    """What is known of one call to the outside: it happened, it was refused, or nobody can say."""

    CONFIRMED = "confirmed", "Confirmed", Tone.GOOD
    REFUSED = "refused", "Refused", Tone.BAD
    UNKNOWN = "unknown", "Outcome unknown", Tone.WARNING


class AccountHealth(Choice):
    """How a provider account is faring; worked out, never stored."""

    DISABLED = "disabled", "Switched off", Tone.NEUTRAL
    NOT_USED = "not_used", "Not used yet", Tone.NEUTRAL
    WORKING = "working", "Working", Tone.GOOD
    FAILING = "failing", "Failing", Tone.WARNING
    PAUSED = "paused", "Paused", Tone.BAD


class ActivityEvent(Choice):
    CREATED = "created", "Created", Tone.NEUTRAL
    UPDATED = "updated", "Changed", Tone.INFO
    DELETED = "deleted", "Deleted", Tone.BAD
    VOIDED = "voided", "Voided", Tone.BAD
    RESTORED = "restored", "Restored", Tone.GOOD
    RESYNCED = "resynced", "Resynced from provider", Tone.INFO
    RESYNC_FAILED = "resync_failed", "Resync failed", Tone.BAD
    SENT_TO_PROVIDER = "sent_to_provider", "Sent to provider", Tone.INFO
    PROVIDER_ORDER_CANCELLED = "provider_order_cancelled", "Cancelled at provider", Tone.WARNING
    SUBMITTED_TO_CHANNEL = "submitted_to_channel", "Sales channel told", Tone.GOOD
    CHANNEL_SUBMISSION_CLEARED = "channel_submission_cleared", "Channel submission cleared", Tone.INFO
    ARCHIVED = "archived", "Archived", Tone.NEUTRAL
    UNARCHIVED = "unarchived", "Unarchived", Tone.NEUTRAL
    PRINTED = "printed", "Packing slip printed", Tone.NEUTRAL
    IMPORTED = "imported", "Imported", Tone.NEUTRAL


class ActivitySubject(Choice):
    FULFILLMENT = "fulfillment", "Shipment"
    FULFILLMENT_LINE = "fulfillment_line", "Line"
    FULFILLMENT_ORDER = "fulfillment_order", "Fulfillment order"
    PROVIDER_ORDER = "provider_order", "Provider order"
    INVENTORY_MOVEMENT = "inventory_movement", "Inventory movement"


class Role(Choice):
    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    SUPERVISOR = "supervisor", "Supervisor"
    ADMIN = "admin", "Administrator"


class Permission(StrEnum):
    """What a route asks for; each role holds a set of them."""

    BROWSE = "browse"
    EXPORT = "export"
    RESYNC = "resync"
    SUBMIT_TO_CHANNEL = "submit_to_channel"
    EDIT_SHIPPING = "edit_shipping"
    PRINT = "print"
    VOID = "void"
    FORCE_VOID = "force_void"
    RESTORE = "restore"
    ARCHIVE = "archive"
    BULK_MANY = "bulk_many"
    FULFIL = "fulfil"
    SEE_PROVIDERS = "see_providers"
    MANAGE_PROVIDERS = "manage_providers"
    MANAGE_PEOPLE = "manage_people"


_VIEWER = frozenset({Permission.BROWSE, Permission.EXPORT})
_OPERATOR = _VIEWER | {
    Permission.RESYNC,
    Permission.SUBMIT_TO_CHANNEL,
    Permission.EDIT_SHIPPING,
    Permission.PRINT,
    Permission.VOID,
    Permission.FULFIL,
}
_SUPERVISOR = _OPERATOR | {
    Permission.FORCE_VOID,
    Permission.RESTORE,
    Permission.ARCHIVE,
    Permission.BULK_MANY,
    Permission.SEE_PROVIDERS,
}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER, Role.OPERATOR: _OPERATOR, Role.SUPERVISOR: _SUPERVISOR, Role.ADMIN: frozenset(Permission)
}  # fmt: skip


class ChannelState(Choice):
    """What the sales channel knows of a shipment; worked out, never stored."""

    NOT_APPLICABLE = "not_applicable", "No channel", Tone.NEUTRAL
    NOT_DUE = "not_due", "Not due", Tone.NEUTRAL
    NOT_TOLD = "not_told", "Not told", Tone.NEUTRAL
    DUE = "due", "Due at next sync", Tone.WARNING
    SENT = "sent", "Told", Tone.GOOD
    FAILED = "failed", "Failed", Tone.BAD
