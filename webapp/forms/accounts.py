"""The forms of sign-in and of one's own account."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from webapp.services.passwords import LONGEST, SHORTEST

LOCALES = (
    SelectChoice("en_US", "English (United States)"),
    SelectChoice("en_GB", "English (United Kingdom)"),
    SelectChoice("de_DE", "German (Germany)"),
    SelectChoice("es_ES", "Spanish (Spain)"),
    SelectChoice("es_MX", "Spanish (Mexico)"),
    SelectChoice("fr_CA", "French (Canada)"),
    SelectChoice("fr_FR", "French (France)"),
    SelectChoice("nl_NL", "Dutch (Netherlands)"),
    SelectChoice("pl_PL", "Polish (Poland)"),
    SelectChoice("pt_BR", "Portuguese (Brazil)"),
)


class SignInForm(FlaskForm):  # type: ignore[misc]
    username = StringField("User name", [InputRequired("Enter your user name."), Length(max=80)])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    next = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    current_password = PasswordField("Current password", [InputRequired("Enter your current password.")])
    new_password = PasswordField(
        "New password",
        [
            InputRequired("Enter a new password."),
            Length(SHORTEST, LONGEST, f"Use between {SHORTEST} and {LONGEST} characters."),
        ],
    )
    repeated_password = PasswordField(
        "New password again",
        [InputRequired("Enter the new password again."), EqualTo("new_password", "The two are not the same.")],
    )


class LocaleForm(FlaskForm):  # type: ignore[misc]
    locale = SelectField("Dates and numbers", [InputRequired()], choices=LOCALES)
