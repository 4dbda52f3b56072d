"""The form of a provider account, made from what its kind declares.

What was typed as a credential is never sent back to the page, not even when the form comes back with a message.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, URLInput

from webapp.providers.account_kinds import (
    AccountKind,
    ChoiceSetting,
    CountSetting,
    Credential,
    FlagSetting,
    ObjectSetting,
    Setting,
)
from webapp.providers.shapes import JsonValue
from webapp.queries.provider_accounts import Channel
from webapp.services.provider_account_checks import (
    ADDRESS_LENGTH,
    CREDENTIAL_LENGTH,
    NAME_LENGTH,
    NEEDED,
    Wish,
    credential_field,
    setting_field,
)

_AS_CODE = {"rows": 3, "spellcheck": "false"}
_UNSEEN = {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "off"}


@dataclass(frozen=True)
class Shown:
    """A field with the sentence that helps to fill it in, and the box that takes away what is stored."""

    field: Field
    help: str
    drop: Field | None = None
    must_be_typed: bool = False


class AccountForm(FlaskForm):  # type: ignore[misc]
    """Made by `account_form`. The version is that of the account it was made from; a new one has none."""

    kind: AccountKind
    held: frozenset[str]
    _fields: dict[str, Field]

    name = StringField(
        "Name", [DataRequired("Give the account a name."), Length(max=NAME_LENGTH, message="Use a shorter name.")]
    )
    base_url = StringField(
        "Address",
        [DataRequired("Enter the address."), Length(max=ADDRESS_LENGTH, message="The address is too long.")],
        widget=URLInput(),
    )
    channels = SelectMultipleField(
        "Sales channels", coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    idempotency_key = HiddenField()

    def validate_name(self, field: StringField) -> None:
        field.data = field.data.strip()
        if not field.data or not field.data.isprintable():
            raise ValidationError("Use letters that can be seen.")

    def validate_base_url(self, field: StringField) -> None:
        field.data = field.data.strip()

    @property
    def credentials(self) -> list[Shown]:
        return [self._credential(one) for one in self.kind.credentials]

    @property
    def settings(self) -> list[Shown]:
        return [Shown(self._fields[setting_field(one.name)], one.help) for one in self.kind.settings]

    @property
    def has_typed_secrets(self) -> bool:
        """Whether credentials were typed that have to be typed again, because they are not shown."""
        return any(shown.field.data for shown in self.credentials)

    @property
    def wish(self) -> Wish:
        """What a valid form says."""
        typed = {one.name: self._fields[credential_field(one.name)].data for one in self.kind.credentials}
        return Wish(
            name=self.name.data,
            base_url=self.base_url.data,
            settings={one.name: self._setting(one) for one in self.kind.settings},
            credentials={name: value.strip() for name, value in typed.items() if value and value.strip()},
            dropped=frozenset(name for name in self.held if self._is_dropped(name)),
            channel_ids=frozenset(self.channels.data or ()),
        )

    def complain(self, problems: Mapping[str, str]) -> None:
        """Put what is wrong with these fields at them."""
        for name, problem in problems.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, problem]
            else:
                self.form_errors.append(problem)

    def _credential(self, one: Credential) -> Shown:
        stored = "One is stored. Leave this empty to keep it, or enter another one."
        said = " ".join(filter(None, (one.help, stored if one.name in self.held else "")))
        return Shown(
            self._fields[credential_field(one.name)],
            said,
            self._fields.get(_drop_field(one.name)),
            must_be_typed=one.is_required and one.name not in self.held,
        )

    def _is_dropped(self, name: str) -> bool:
        field = self._fields.get(_drop_field(name))
        return field is not None and bool(field.data) and not self._fields[credential_field(name)].data

    def _setting(self, one: Setting) -> JsonValue:
        return one.read(_typed(self._fields[setting_field(one.name)]))


def account_form(
    kind: AccountKind,
    *,
    held: frozenset[str] = frozenset(),
    stored: Mapping[str, JsonValue] | None = None,
    offered: Iterable[Channel] = (),
    **options: Any,
) -> AccountForm:
    """A form for an account of this kind, with what it holds, has stored, and may be chosen from."""
    fields: dict[str, Any] = {}
    for one in kind.credentials:
        fields[credential_field(one.name)] = PasswordField(one.label, [_is_one_line], render_kw=_UNSEEN)
        if one.name in held and not one.is_required:
            fields[_drop_field(one.name)] = BooleanField(f"Take the stored {one.label} away")
    for setting in kind.settings:
        fields[setting_field(setting.name)] = _made(setting, (stored or {}).get(setting.name))
    form: AccountForm = type("AccountFormOfKind", (AccountForm,), fields | {"kind": kind, "held": held})(**options)
    for one in kind.credentials:
        form._fields[credential_field(one.name)].flags.required = one.is_required
    form.channels.choices = [SelectChoice(channel.id, channel.name) for channel in offered]
    return form


def _drop_field(name: str) -> str:
    return f"drop_{name}"


def _made(setting: Setting, stored: JsonValue) -> Any:
    checked, shown = [_readable_by(setting)], setting.shown(stored)
    match setting:
        case FlagSetting():
            return BooleanField(setting.label, checked, default=bool(shown))
        case ChoiceSetting():
            choices = [SelectChoice(value, words) for value, words in setting.choices]
            return SelectField(setting.label, checked, choices=choices, default=shown, validate_choice=False)
        case ObjectSetting():
            return TextAreaField(
                setting.label, checked, default=shown, render_kw={"rows": 3, "spellcheck": "false"}
            )
        case CountSetting():
            return StringField(setting.label, checked, default=shown, render_kw={"inputmode": "numeric"})
        case _:
            return StringField(setting.label, checked, default=shown, render_kw={"autocomplete": "off"})


def _readable_by(setting: Setting) -> Callable[[AccountForm, Field], None]:
    def check(_form: AccountForm, field: Field) -> None:
        try:
            value = setting.read(_typed(field))
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if setting.is_required and value is None:
            raise ValidationError(NEEDED)

    return check


def _typed(field: Field) -> str:
    return ("y" if field.data else "") if isinstance(field, BooleanField) else field.data or ""


def _is_one_line(_form: AccountForm, field: PasswordField) -> None:
    typed = (field.data or "").strip()
    if len(typed) > CREDENTIAL_LENGTH or not typed.isprintable():
        raise ValidationError(f"Use at most {CREDENTIAL_LENGTH:,} characters on one line. Copy it again.")
