"""The form for tracking number and shipping cost, and how an amount is read from what a person types."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from webapp.models.fulfillments import COST_LIMIT, TRACKING_LENGTH
from webapp.schema import MONEY_PLACES

_PLAIN_AMOUNT = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_THOUSANDS = re.compile(r"\.[0-9]{3}$")
LONGEST_AMOUNT = 20  # Far beyond the limit with all its places, and still within the precision of Decimal.


class TrackingAndCostForm(FlaskForm):  # type: ignore[misc]
    """What every form about a parcel asks for. Needs the decimal mark of the person's locale."""

    tracking_number = StringField("Tracking number")
    cost = StringField("Shipping cost")
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("The form names no version.")])
    idempotency_key = HiddenField()

    def __init__(self, *args: Any, decimal_mark: str = ".", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decimal_mark = decimal_mark
        self.amount: Decimal | None = None

    def validate_tracking_number(self, field: StringField) -> None:
        field.data = (field.data or "").strip()
        if len(field.data) > TRACKING_LENGTH:
            raise ValidationError(
                f"A tracking number has at most {TRACKING_LENGTH} characters; this one has {len(field.data)}."
            )
        if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in field.data):
            raise ValidationError(
                "The tracking number contains characters that cannot be seen, such as a tab or a line break. "
                "Type it, or scan it again."
            )

    def validate_cost(self, field: StringField) -> None:
        field.data = (field.data or "").strip()
        self.amount = _checked_cost(read_amount(field.data, self.decimal_mark)) if field.data else None


class ShippingDetailsForm(TrackingAndCostForm):
    """The `original_…` fields are what the form was opened with."""

    original_tracking_number = HiddenField()
    original_cost = HiddenField()

    def values(self, sent: Mapping[str, str]) -> dict[str, str | Decimal | None]:
        """What to change: of a valid form, only the fields that came with the request; empty text means none."""
        found: dict[str, str | Decimal | None] = {}
        if "tracking_number" in sent:
            found["tracking_number"] = self.tracking_number.data or None
        if "cost" in sent:
            found["cost"] = self.amount
        return found

    def take_untouched_from(self, tracking_number: str, cost: str) -> None:
        """Give the fields the person left alone their present values, and go on from these."""
        for field, original, present in (
            (self.tracking_number, self.original_tracking_number, tracking_number),
            (self.cost, self.original_cost, cost),
        ):
            if field.data == original.data:
                field.data = present
            original.data = present


def read_amount(text: str, decimal_mark: str) -> Decimal:
    """An amount as typed by someone whose locale writes this decimal mark; raises ValidationError.

    Thousands marks are refused rather than guessed: "1.234" is one thousand to some and one to others.
    """
    has_comma = decimal_mark == ","
    plain = text.replace(",", ".") if has_comma else text
    is_ambiguous = has_comma and _THOUSANDS.search(text)
    if len(text) > LONGEST_AMOUNT or is_ambiguous or not _PLAIN_AMOUNT.fullmatch(plain.removeprefix("-")):
        raise ValidationError(
            f"Enter the cost as a plain number such as 7{decimal_mark}50, without a currency sign and without "
            "thousands marks."
        )
    return Decimal(plain)


def written_amount(value: Decimal | None, decimal_mark: str) -> str:
    """The amount as it is put into the field: at least two places, nothing that could be read two ways."""
    if value is None:
        return ""
    text = f"{value.normalize():f}"
    whole, _, places = text.partition(".")
    return f"{whole}{decimal_mark}{places:0<2}"


def _checked_cost(amount: Decimal) -> Decimal:
    if amount < 0:
        raise ValidationError("The cost cannot be below 0.")
    if amount >= COST_LIMIT:
        raise ValidationError(f"The cost must be below {COST_LIMIT:,}.")
    if amount != round(amount, MONEY_PLACES):
        raise ValidationError(f"The cost can have at most {MONEY_PLACES} decimal places.")
    return abs(amount)  # A typed "-0" is 0.
