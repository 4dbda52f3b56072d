"""The form for a scheduled export: which view, on which days, at what time. The file has a form of its own."""

import re
from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, TimeInput

from webapp.queries.export_times import EVERY_DAY, WEEKDAYS, Times

DAILY, WEEKLY = "daily", "weekly"
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::00)?", re.ASCII)


class ExportScheduleForm(FlaskForm):  # type: ignore[misc]
    """The version is that of the schedule it was made from; a new one has none."""

    view = SelectField("View", coerce=str, validators=[DataRequired("Choose the view to export.")])
    often = RadioField(
        "How often",
        choices=(SelectChoice(DAILY, "Every day"), SelectChoice(WEEKLY, "On chosen days of the week")),
        default=DAILY,
    )
    weekdays = SelectMultipleField(
        "Days of the week",
        choices=[SelectChoice(str(number), name) for number, name in enumerate(WEEKDAYS)],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    time = StringField(
        "Time", widget=TimeInput(), default="07:00", validators=[DataRequired("Choose a time, such as 07:30.")]
    )
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    idempotency_key = HiddenField()

    def offer(self, views: Iterable[tuple[int, str]]) -> "ExportScheduleForm":
        """Let the person choose one of these views."""
        self.view.choices = [("", "Choose a view"), *((str(id_), name) for id_, name in views)]
        return self

    def validate_weekdays(self, field: SelectMultipleField) -> None:
        if self.often.data == WEEKLY and not field.data:
            raise ValidationError("Tick at least one day.")

    def validate_time(self, field: StringField) -> None:
        if not _TIME.fullmatch(field.data):
            raise ValidationError("Write the time as hours and minutes, such as 07:30.")

    @property
    def times(self) -> Times:
        """What a valid form says."""
        found = _TIME.fullmatch(self.time.data)
        if found is None:
            raise ValueError("The form was not validated.")
        days = EVERY_DAY if self.often.data == DAILY else frozenset(map(int, self.weekdays.data))
        return Times(days, int(found[1]) * 60 + int(found[2]))


def fields_of(times: Times) -> dict[str, object]:
    """How the form shows these times."""
    return {
        "often": DAILY if times.is_daily else WEEKLY,
        "weekdays": [] if times.is_daily else [str(day) for day in sorted(times.weekdays)],
        "time": times.clock,
    }
