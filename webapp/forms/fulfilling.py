"""The Fulfil form: units for each line of a fulfillment order, and how the parcel goes its way.

It knows the shape of what is typed only. What stock and budgets allow is decided by the service, under its locks:
a form that is sent twice must not fail on what its first time has changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wtforms import Field, RadioField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired

from webapp.forms.shipping_details import TrackingAndCostForm
from webapp.queries.fulfilling import OrderLine

METHOD_LENGTH = 120
LONGEST_QUANTITY = 9  # More digits than any order has units, and few enough for an INTEGER column.
NO_ACCOUNT = "0"
_QUANTITY = "quantity_"
_HERE, _GONE = "ready", "handed_over"


class FulfilForm(TrackingAndCostForm):
    """Made by `fulfil_form`, which adds a field for each line."""

    _fields: dict[str, Field]

    shipping_method = StringField(
        "Shipping method", validators=[DataRequired("Say how it is shipped, such as Standard or Express.")]
    )
    provider_account_id = SelectField("Who ships it", validate_choice=False)
    parcel = RadioField(
        "The parcel",
        choices=[
            SelectChoice(_HERE, "Is ready to ship (packed)"),
            SelectChoice(_GONE, "Was handed over to the carrier already (shipped)"),
        ],
        default=_HERE,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider_account_id.flags.required = True  # One of the choices always is; “optional” would be wrong.
        # In the order of the page, which is that of the summary of errors.
        first = (_QUANTITY, "shipping_method", "provider", "parcel")
        places = {
            name: next((place for place, start in enumerate(first) if name.startswith(start)), len(first))
            for name in self._fields
        }
        self._fields = dict(sorted(self._fields.items(), key=lambda item: places[item[0]]))

    def validate_shipping_method(self, field: StringField) -> None:
        field.data = (field.data or "").strip()
        if len(field.data) > METHOD_LENGTH:
            raise ValidationError(f"A shipping method has at most {METHOD_LENGTH} characters.")
        if not field.data.isprintable():
            raise ValidationError("The shipping method contains characters that cannot be seen. Type it again.")

    def validate_parcel(self, _field: RadioField) -> None:
        if self.handed_over and self.account_id is not None:
            raise ValidationError(
                "What was handed over already is not sent to a provider. Choose this warehouse, or ready to ship."
            )

    def validate_provider_account_id(self, field: SelectField) -> None:
        if field.data and not (field.data.isascii() and field.data.isdigit() and len(field.data) < 19):
            raise ValidationError("This provider account does not exist. Choose another one.")

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if is_valid and not self.quantities:
            self.form_errors.append("Say of at least one line how many units are shipped.")
        return is_valid and bool(self.quantities)

    @property
    def account_id(self) -> int | None:
        given = self.provider_account_id.data or NO_ACCOUNT
        return int(given) if given.isascii() and given.isdigit() and given != NO_ACCOUNT else None

    @property
    def handed_over(self) -> bool:
        return bool(self.parcel.data == _GONE)

    @property
    def quantities(self) -> dict[int, int]:
        """Of a valid form, the lines that are part of the shipment; an empty field or 0 leaves its line out."""
        typed = {line_id: int(field.data or 0) for line_id, field in self._quantity_fields()}
        return {line_id: quantity for line_id, quantity in typed.items() if quantity}

    def quantity(self, line_id: int) -> Field:
        return self._fields[f"{_QUANTITY}{line_id}"]

    def complain(self, problems: Mapping[int, str]) -> None:
        """Put what is wrong with these lines at their fields, as far as the form shows them."""
        fields = dict(self._quantity_fields())
        for line_id, problem in problems.items():
            if line_id in fields:
                fields[line_id].errors = [*fields[line_id].errors, problem]
            else:
                self.form_errors.append(problem)

    def _quantity_fields(self) -> Iterator[tuple[int, Field]]:
        for name, field in self._fields.items():
            if name.startswith(_QUANTITY):
                yield int(name.removeprefix(_QUANTITY)), field


def fulfil_form(lines: Iterable[OrderLine], accounts: Iterable[tuple[int, str]], **options: Any) -> FulfilForm:
    """A form for these lines; it is filled with what can be shipped of them when nothing was sent."""
    fields = {
        f"{_QUANTITY}{line.id}": StringField(
            f"Units of {line.sku}", validators=[_whole_number], default=str(line.fulfillable or "")
        )
        for line in lines
    }
    form: FulfilForm = type("FulfilFormOfLines", (FulfilForm,), fields)(**options)
    form.provider_account_id.choices = [
        SelectChoice(NO_ACCOUNT, "This warehouse, without a provider"),
        *(SelectChoice(str(id_), name) for id_, name in accounts),
    ]
    return form


def _whole_number(_form: FulfilForm, field: StringField) -> None:
    field.data = (field.data or "").strip()
    is_number = field.data.isascii() and field.data.isdigit() and len(field.data) <= LONGEST_QUANTITY
    if field.data and not is_number:
        raise ValidationError("Enter a whole number of units, or nothing to leave the line out.")
