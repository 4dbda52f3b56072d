"""What a person asks of the practice providers."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.sandbox.faults import Fault

HOUR, DAY = 3_600, 86_400
TIMES = {10 * 60: "10 minutes", HOUR: "1 hour", DAY: "1 day", 7 * DAY: "1 week", 30 * DAY: "30 days"}
# A caller gives up after half a minute, so that longer silences are all alike.
LONGEST_SILENCE = 60


def choices(words: Mapping[Any, str]) -> list[SelectChoice]:
    """What can be chosen, by the value that is sent."""
    return [SelectChoice(value, label) for value, label in words.items()]


class SystemForm(FlaskForm):  # type: ignore[misc]
    """Which provider is meant, and what was searched for, so that the page comes back as it was."""

    system = HiddenField(validators=[InputRequired("The form names no provider.")])
    q = HiddenField()


class MoveForm(SystemForm):
    """One order and the step it takes."""

    key = HiddenField(validators=[InputRequired("The form names no order.")])
    step = StringField("Step", validators=[InputRequired("Choose a step.")])


class TimeForm(SystemForm):
    """How much time passes."""

    seconds = SelectField("How long", coerce=int, choices=choices(TIMES), default=HOUR)


class LimitForm(SystemForm):
    """Whether the rate limit counts."""

    enabled = SelectField("Rate limit", choices=choices({"on": "On", "off": "Off"}))


class TroubleForm(SystemForm):
    """What goes wrong, for how many requests and where."""

    fault = SelectField(
        "What goes wrong",
        validators=[InputRequired("Choose what goes wrong.")],
        choices=choices({each.value: each.words for each in Fault}),
    )
    count = IntegerField(
        "For how many requests", validators=[Optional(), NumberRange(1, 1_000, "Enter a number from 1 to 1000.")]
    )
    seconds = IntegerField(
        "Seconds of silence or waiting",
        default=5,
        validators=[
            InputRequired("Enter the seconds."),
            NumberRange(0, LONGEST_SILENCE, f"Enter 0 to {LONGEST_SILENCE} seconds."),
        ],
    )
    path = StringField("Only where the path begins with", validators=[Length(max=200)])
    order = StringField("The order that ships", validators=[Length(max=140)])
