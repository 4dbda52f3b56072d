"""The forms that confirm a bulk action: how many the person saw, and why it is done."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from webapp.forms.voids import QUICK_REASONS
from webapp.models.fulfillments import VOID_REASON_LENGTH


class BulkForm(FlaskForm):  # type: ignore[misc]
    """`seen` is the number of shipments the person was shown."""

    reason = RadioField("Reason", choices=list(QUICK_REASONS), validators=[Optional()], validate_choice=False)
    details = TextAreaField("In your own words")
    seen = IntegerField(
        widget=HiddenInput(), validators=[InputRequired("The form does not say how many it is about.")]
    )
    idempotency_key = HiddenField()

    @property
    def whole_reason(self) -> str:
        """What was chosen and what was typed, as one text."""
        return ": ".join(part for part in (self.reason.data or "", (self.details.data or "").strip()) if part)

    def validate_reason(self, field: RadioField) -> None:
        if field.data not in QUICK_REASONS:
            raise ValidationError("Choose one of the reasons offered, or write your own.")

    def validate_details(self, _field: TextAreaField) -> None:
        length = len(self.whole_reason)
        if length > VOID_REASON_LENGTH:
            raise ValidationError(
                f"The reason may have {VOID_REASON_LENGTH:,} characters in all; this one has {length:,}."
            )
        if "\x00" in self.whole_reason:
            raise ValidationError("The reason holds a character that is no text. Type it again.")
