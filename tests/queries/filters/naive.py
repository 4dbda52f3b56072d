"""What a filter means, worked out row by row in plain Python, sharing nothing with the compiler.

It reads the JSON tree itself. A column is the list of values a shipment reaches by it; a positive operator holds
when any of them passes, a negative one when none does.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from webapp import statuses
from webapp.queries.listing import attention

Shipment = dict[str, Any]
SILENT_AFTER, OVERDUE_AFTER = timedelta(hours=48), timedelta(hours=4)


def _own(name: str, *more: str) -> Callable[[Shipment], list[Any]]:
    return lambda shipment: [shipment["row"][key] for key in (name, *more)]


def _order(*names: str) -> Callable[[Shipment], list[Any]]:
    return lambda shipment: [shipment["order"][name] for name in names]


def _items(name: str) -> Callable[[Shipment], list[Any]]:
    return lambda shipment: [line[name] for line in shipment["lines"]]


VALUES: dict[str, tuple[str, Callable[[Shipment], list[Any]]]] = {
    "id": ("number", _own("id")),
    "fulfillment_number": ("text", _own("fulfillment_number")),
    "fulfillment_sequence": ("number", _own("sequence")),
    "tracking_number": ("text", _own("tracking_number")),
    "status": ("choice", _own("status")),
    "fulfillment_type": ("choice", _own("fulfillment_type")),
    "requested_shipping_method": ("text", _own("requested_shipping_method", "requested_shipping_method_manual")),
    "fulfilled_shipping_method": ("text", _own("fulfilled_shipping_method", "fulfilled_shipping_method_manual")),
    "backordered": ("yes/no", _own("backordered")),
    "warehouse": ("text", lambda shipment: [shipment["warehouse"]["name"]]),
    "cost": ("money", _own("cost")),
    "sales_order_number": ("text", _order("order_number")),
    "customer_reference": ("text", _order("customer_reference")),
    "store": ("text", lambda shipment: [shipment["store"]["name"]]),
    "sales_channel_type_name": ("text", lambda shipment: [shipment["channel"]["type"]]),
    "sales_order_shipping_method": ("text", _order("shipping_method")),
    "sales_order_tags": ("text", lambda shipment: list(shipment["order"]["tags"])),
    "customer_name": ("text", _order("name")),
    "customer_email": ("text", _order("email")),
    "customer_phone": ("text", _order("phone")),
    "customer_company": ("text", _order("company")),
    "customer_address": ("text", _order("address1", "address2")),
    "customer_city": ("text", _order("city")),
    "customer_province": ("text", _order("province")),
    "customer_province_code": ("text", _order("province_code")),
    "customer_zip": ("text", _order("zip")),
    "customer_country": ("text", _order("country")),
    "customer_country_code": ("text", _order("country_code")),
    "item_name": ("text", _items("name")),
    "item_sku": ("text", _items("sku")),
    "item_quantity": ("number", _items("quantity")),
    "item_price": ("money", _items("price")),
    "item_nominal_code": ("text", _items("nominal_code")),
    "fulfilled_at": ("datetime", _own("fulfilled_at")),
    "packing_slip_printed_at": ("datetime", _own("packing_slip_printed_at")),
    "created_at": ("datetime", _own("created_at")),
    "updated_at": ("datetime", _own("updated_at")),
    "archived_at": ("datetime", _own("archived_at")),
    "voided_at": ("datetime", _own("voided_at")),
    "submitted_to_sales_channel_at": ("datetime", _own("submitted_to_sales_channel_at")),
    "provider_state": ("choice", _own("provider_state")),
    "delivery_problem": ("choice", lambda shipment: problems(shipment, shipment["now"])),
    "voided": ("yes/no", lambda shipment: [shipment["row"]["voided_at"] is not None]),
    "void_reason": ("text", _own("void_reason")),
    "voided_by": ("text", lambda shipment: [shipment["voider"] and shipment["voider"]["display_name"]]),
}
LABELS = {
    "status": {choice.value: choice.label for choice in statuses.FulfillmentStatus},
    "fulfillment_type": {choice.value: choice.label for choice in statuses.FulfillmentType},
    "provider_state": {choice.value: choice.label for choice in statuses.ProviderOrderState},
    "delivery_problem": {rule.key: rule.reason for rule in attention.RULES},
}
OPPOSITES = {
    "is_not": "is", "does_not_contain": "contains", "is_not_one_of": "is_one_of", "is_not_empty": "is_empty",
    "does_not_start_with": "starts_with", "does_not_end_with": "ends_with",
}  # fmt: skip


class Naive:
    """Answers for one moment and one business time zone."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now, self.zone = now, zone

    def ids(self, tree: dict[str, Any], shipments: list[Shipment]) -> set[int]:
        return {shipment["row"]["id"] for shipment in shipments if self.group(tree, shipment) is not False}

    def group(self, tree: dict[str, Any], shipment: Shipment) -> bool | None:
        """None where everything in the group is switched off."""
        found = [self.node(node, shipment) for node in tree["children"]]
        answers = [answer for answer in found if answer is not None]
        if not answers:
            return None
        return all(answers) if tree["conjunction"] == "and" else any(answers)

    def node(self, node: dict[str, Any], shipment: Shipment) -> bool | None:
        if node.get("off"):
            return None
        if node["type"] == "group":
            return self.group(node["group"], shipment)
        condition = node["condition"]
        return self.condition(condition["column"], condition["operator"], condition.get("value"), shipment)

    def condition(self, column: str, operator: str, wanted: Any, shipment: Shipment) -> bool:
        if operator in OPPOSITES:
            return not self.condition(column, OPPOSITES[operator], wanted, shipment)
        kind, reach = VALUES[column]
        values = [value for value in reach(shipment) if value is not None and value != ""]
        if operator == "is_empty":
            return not values
        passes: dict[str, Callable[[Any], bool]] = {
            "text": lambda value: text_passes(value, operator, wanted),
            "choice": lambda value: choice_passes(value, LABELS[column][value], operator, wanted),
            "yes/no": lambda value: value is wanted,
            "datetime": lambda value: self.moment_passes(value, operator, wanted),
            "number": lambda value: number_passes(Decimal(value), operator, wanted),
            "money": lambda value: number_passes(Decimal(value), operator, wanted),
        }
        return any(passes[kind](value) for value in values)

    def moment_passes(self, value: datetime, operator: str, wanted: Any) -> bool:
        distance = (value.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()).days
        relative = {
            "today": (0, 0), "yesterday": (-1, -1), "tomorrow": (1, 1), "past_week": (-6, 0),
            "past_month": (-29, 0), "past_year": (-364, 0), "next_week": (0, 6), "next_month": (0, 29),
            "next_year": (0, 364),
        }  # fmt: skip
        if operator in relative:
            return relative[operator][0] <= distance <= relative[operator][1]
        if operator in {"days_ago", "days_from_now"}:
            return distance == (-wanted if operator == "days_ago" else wanted)
        if operator in {"past_days", "next_days"}:
            return 0 <= (-distance if operator == "past_days" else distance) < wanted
        if operator == "between":
            return self.stands(value, wanted[0]) >= 0 and self.stands(value, wanted[1]) <= 0
        if operator == "is_one_of":
            return any(self.stands(value, one) == 0 for one in wanted)
        side = self.stands(value, wanted)
        return {
            "is": side == 0, "greater_than": side > 0, "after": side > 0, "less_than": side < 0,
            "before": side < 0, "greater_than_or_equal": side >= 0, "on_or_after": side >= 0,
            "less_than_or_equal": side <= 0,
            "on_or_before": side <= 0,
        }[operator]  # fmt: skip

    def stands(self, value: datetime, text: str) -> int:
        """Before (-1), in (0) or after (1) the day, minute, second or microsecond that is written."""
        if len(text) == len("2026-11-03"):
            ours, written = value.astimezone(self.zone).date(), date.fromisoformat(text)
            return (ours > written) - (ours < written)
        start = datetime.fromisoformat(text)
        start = (start if start.tzinfo else start.replace(tzinfo=self.zone)).astimezone(UTC)
        clock = re.match(r"[\d:.]+", text[len("2026-11-03T") :])[0]
        length = {5: timedelta(minutes=1), 8: timedelta(seconds=1)}.get(len(clock), timedelta(microseconds=1))
        return 0 if start <= value < start + length else (1 if value > start else -1)


def folded(text: str) -> str:
    """Letter by letter: ASCII to lower case; others to their one-letter folding, unless that is ASCII."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    if letter in "\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88":
        return letter
    forms = [form for form in (letter.casefold(), letter.lower(), letter) if len(form) == 1 and not form.isascii()]
    return forms[0]


def text_passes(value: str, operator: str, wanted: Any) -> bool:
    if operator == "is_one_of":
        return folded(value) in {folded(one) for one in wanted}
    value, wanted = folded(value), folded(wanted)
    return {
        "is": value == wanted,
        "contains": wanted in value,
        "starts_with": value.startswith(wanted),
        "ends_with": value.endswith(wanted),
    }[operator]


def choice_passes(value: str, label: str, operator: str, wanted: Any) -> bool:
    return text_passes(value, operator, wanted) or text_passes(label, operator, wanted)


def number_passes(value: Decimal, operator: str, wanted: Any) -> bool:
    if operator == "is_one_of":
        return value in [Decimal(str(one)) for one in wanted]
    if operator == "between":
        return Decimal(str(wanted[0])) <= value <= Decimal(str(wanted[1]))
    other = Decimal(str(wanted))
    return {
        "is": value == other,
        "greater_than": value > other,
        "less_than": value < other,
        "greater_than_or_equal": value >= other,
        "less_than_or_equal": value <= other,
    }[operator]


def problems(shipment: Shipment, now: datetime) -> list[str]:
    """The rules of what needs attention, from their description."""
    row, account = shipment["row"], shipment["account"]
    speaks = account is not None and account["kind"] == "shopify" and account["is_enabled"]
    told = speaks and shipment["channel"]["takes_tracking"]
    live = row["voided_at"] is None and row["archived_at"] is None
    shipped = row["status"] in {"fulfilled", "fulfilled_awaiting_info"}
    in_trouble = row["provider_problem"] is not None or row["provider_state"] in {"exception", "unknown"}
    heard = row["last_synced_from_provider_at"] or row["last_synced_to_provider_at"] or row["created_at"]
    fulfilled = row["fulfilled_at"]
    no_tracking = row["tracking_number"] is None
    untold = row["submitted_to_sales_channel_at"] is None
    overdue = fulfilled is not None and fulfilled < now - OVERDUE_AFTER
    with_account = row["status"] == "submitted" and row["provider_account_id"] is not None
    unheard = row["provider_state"] is None and row["last_synced_to_provider_at"] is None
    never_taken = with_account and unheard and row["provider_problem"] is not None
    found = {
        "unsent": live and never_taken,
        "provider": live and in_trouble and not never_taken,
        "cancel": row["cancel_by_hand"] and row["archived_at"] is None,
        "void": live and row["void_problem"] is not None,
        "tracking": live and shipped and no_tracking and row["fulfillment_type"] != "pickup",
        "channel": live and shipped and not no_tracking and untold and overdue and told,
        "silent": live and row["status"] == "submitted" and row["provider_account_id"] is not None
        and heard < now - SILENT_AFTER,
    }  # fmt: skip
    return [key for key, holds in found.items() if holds]
