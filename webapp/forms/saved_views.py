"""The form for a saved view: its name, and who sees it."""

import unicodedata

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from webapp.services.saved_views import NAME_LENGTH

PERSONAL, SHARED = "personal", "shared"
SHARING = (SelectChoice(PERSONAL, "Only me"), SelectChoice(SHARED, "Everyone"))
_JOINERS = "\u200c\u200d"  # They cannot be seen, but letters of some scripts and pictures are joined by them.


def _tidy(text: str | None) -> str:
    return unicodedata.normalize("NFC", " ".join((text or "").split()))


class SavedViewForm(FlaskForm):  # type: ignore[misc]
    """The version is that of the view it was made from; a new view has none."""

    name = StringField(
        "Name",
        filters=[_tidy],
        validators=[
            DataRequired("Give the view a name."),
            Length(max=NAME_LENGTH, message=f"A name has at most {NAME_LENGTH} characters."),
        ],
    )
    sharing = RadioField("Who sees it", choices=SHARING, default=PERSONAL)
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    idempotency_key = HiddenField()

    @property
    def is_shared(self) -> bool:
        return bool(self.sharing.data == SHARED)

    def validate_name(self, field: StringField) -> None:
        hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
        if any(unicodedata.category(letter) in hidden and letter not in _JOINERS for letter in field.data):
            raise ValidationError("The name contains characters that cannot be seen. Type it anew.")
