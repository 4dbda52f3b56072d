"""The form that voids a shipment: a reason of one tap, of a few words, or both."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from webapp.models.fulfillments import VOID_REASON_LENGTH

QUICK_REASONS = (
    "Customer cancelled",
    "Wrong items or quantities",
    "Wrong address or method",
    "Out of stock",
    "Duplicate shipment",
)


class VoidForm(FlaskForm):  # type: ignore[misc]
    """`force` is "1" where the person said that goods which have left are to be voided all the same."""

    quick_reason = RadioField("Reason", choices=list(QUICK_REASONS), validators=[Optional()])
    details = TextAreaField("In your own words")
    force = HiddenField()
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("The form names no version.")])
    idempotency_key = HiddenField()

    def validate_details(self, field: TextAreaField) -> None:
        field.data = " ".join((field.data or "").replace("\x00", "").split())
        length = len(self.reason)
        if length > VOID_REASON_LENGTH:
            raise ValidationError(
                f"The reason can have {VOID_REASON_LENGTH:,} characters; together this is {length:,}. Shorten it."
            )

    @property
    def reason(self) -> str:
        """Both parts as the one reason that is kept; empty when none was given."""
        return ": ".join(part for part in (self.quick_reason.data, self.details.data) if part)

    @property
    def is_forced(self) -> bool:
        return bool(self.force.data == "1")
