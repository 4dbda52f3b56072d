"""What the values of a history row mean: the field's name for people, and text turned back into its value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from webapp.choices import Choice
from webapp.statuses import (
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
    ProviderOrderState,
)

Value = str | Decimal | datetime | Choice | None

_LABELS = {
    "cost": "Cost",
    "tracking_number": "Tracking",
    "url": "Link",
    "state": "State",
    "raw_status": "Provider's status",
    "provider_state": "Provider state",
    "provider_problem": "Provider problem",
    "channel_problem": "Channel problem",
    "cancel_by_hand": "Cancel by hand",
    "requested_shipping_method": "Method asked for",
    "requested_shipping_method_manual": "Method asked for, typed",
    "fulfilled_shipping_method": "Method used",
    "fulfilled_shipping_method_manual": "Method used, typed",
    "fulfilled_at": "Shipped",
    "shipped_at": "Shipped",
    "packing_slip_printed_at": "Slip printed",
    "submitted_to_sales_channel_at": "Channel told",
    "void_told_to_channel_at": "Channel told of the void",
    "last_synced_from_provider_at": "Last read from provider",
    "last_synced_to_provider_at": "Last sent to provider",
    "archived_at": "Archived",
    "voided_at": "Voided",
    "void_reason": "Reason",
    "status_before_void": "Status before the void",
    "remaining": "Left to ship",
}
_CHOICES: dict[tuple[str, str], type[Choice]] = {
    ("fulfillment_order", "status"): FulfillmentOrderStatus,
    ("fulfillment_order", "request_status"): FulfillmentOrderRequestStatus,
    ("provider_order", "state"): ProviderOrderState,
    ("fulfillment", "status"): FulfillmentStatus,
    ("fulfillment", "status_before_void"): FulfillmentStatus,
    ("fulfillment", "fulfillment_type"): FulfillmentType,
    ("fulfillment", "provider_state"): ProviderOrderState,
}
_YES_OR_NO = {"True": "yes", "False": "no"}
_AMOUNTS = frozenset({"cost", "unit_cost", "cost_of_goods"})


@dataclass(frozen=True)
class Change:
    """One field of a history row: what it was and what it became; None for nothing."""

    label: str
    old: Value
    new: Value

    @property
    def words(self) -> str:
        """All that a search may find this change by."""
        return " ".join((self.label, _words(self.old), _words(self.new)))


def changes_from(subject_type: str, stored: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes of a stored history row; what cannot be read as [old, new] is shown as it stands."""
    changes = []
    for field, pair in stored.items():
        old, new = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        changes.append(
            Change(label_of(field), value_of(subject_type, field, old), value_of(subject_type, field, new))
        )
    return tuple(changes)


def label_of(field: str) -> str:
    return _LABELS.get(field) or field.replace("_", " ").capitalize()


def value_of(subject_type: str, field: str, stored: Any) -> Value:
    """The value behind its text in history; text that is not such a value stays text."""
    if stored is None:
        return None
    text = str(stored)
    try:
        if choices := _CHOICES.get((subject_type, field)):
            return choices(text)
        if field in _AMOUNTS:
            return Decimal(text)
        if field.endswith("_at"):
            return datetime.fromisoformat(text)
    except (ValueError, InvalidOperation):
        return text
    return _YES_OR_NO.get(text, text)


def _words(value: Value) -> str:
    if isinstance(value, Choice):
        return f"{value.value} {value.label}"
    return "" if value is None else str(value)
