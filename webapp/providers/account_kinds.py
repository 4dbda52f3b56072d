"""What an account of one kind must say of itself; each kind declares it beside its adapter, in `account.py`.

The form for administrators and its checks are made from these declarations and know no kind by name.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from json import dumps
from typing import Any

from webapp.providers.shapes import JsonValue, UnexpectedAnswer, as_object, parse_json

LONGEST_TEXT = 500
LONGEST_OBJECT = 8_000

# Says in a sentence what is wrong with a text, or None.
Check = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class Credential:
    """Something secret that the provider gave: stored encrypted, sent to the provider, never shown again."""

    name: str
    label: str
    help: str = ""
    is_required: bool = True


@dataclass(frozen=True, kw_only=True)
class Setting(ABC):
    """One setting of an account, under the name by which its adapter reads it."""

    name: str
    label: str
    help: str = ""
    is_required: bool = False

    @abstractmethod
    def read(self, typed: str) -> JsonValue:
        """What is stored for this text; None is left out, so that the adapter's default stands.

        Raises ValueError with a sentence for what cannot be.
        """

    def shown(self, stored: JsonValue) -> str:
        """How a stored value, or None, is typed."""
        return "" if stored is None else str(stored)

    def words(self, stored: JsonValue) -> str:
        """How a stored value is told."""
        return self.shown(stored)


@dataclass(frozen=True, kw_only=True)
class TextSetting(Setting):
    """Some text on one line."""

    check: Check | None = None

    def read(self, typed: str) -> JsonValue:
        text = typed.strip()
        if not text:
            return None
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise ValueError(f"Use at most {LONGEST_TEXT} characters, on one line.")
        if self.check and (problem := self.check(text)):
            raise ValueError(problem)
        return text


@dataclass(frozen=True, kw_only=True)
class AddressSetting(TextSetting):
    """An address to which credentials are sent, so it is checked like the account's own."""


@dataclass(frozen=True, kw_only=True)
class ChoiceSetting(Setting):
    """One of a few values; `choices` are (value, words), the empty value first where none is needed."""

    choices: tuple[tuple[str, str], ...]

    def read(self, typed: str) -> JsonValue:
        if typed not in {value for value, _ in self.choices}:
            raise ValueError("Choose one of the values in the list.")
        return typed or None

    def words(self, stored: JsonValue) -> str:
        return dict(self.choices).get(str(stored), str(stored))


@dataclass(frozen=True, kw_only=True)
class FlagSetting(Setting):
    """Yes or no; what is as by default is not stored."""

    default: bool

    def read(self, typed: str) -> JsonValue:
        is_on = bool(typed)
        return None if is_on is self.default else is_on

    def shown(self, stored: JsonValue) -> str:
        is_on = stored if isinstance(stored, bool) else self.default
        return "y" if is_on else ""

    def words(self, stored: JsonValue) -> str:
        return "yes" if stored else "no"


@dataclass(frozen=True, kw_only=True)
class CountSetting(Setting):
    """A whole number; `default` is what stands while it is empty."""

    default: int
    most: int
    least: int = 1

    def read(self, typed: str) -> JsonValue:
        text = typed.strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10 and self.least <= int(text) <= self.most):
            raise ValueError(f"Enter a whole number from {self.least:,} to {self.most:,}, or nothing.")
        return int(text)

    def shown(self, stored: JsonValue) -> str:
        return str(stored) if isinstance(stored, int) else ""


@dataclass(frozen=True, kw_only=True)
class ObjectSetting(Setting):
    """A JSON object; `check` says what is wrong with one that can be read."""

    check: Callable[[dict[str, JsonValue]], str | None] | None = None

    def read(self, typed: str) -> JsonValue:
        if not typed.strip():
            return None
        if len(typed) > LONGEST_OBJECT:
            raise ValueError(f"Use at most {LONGEST_OBJECT:,} characters.")
        try:
            value = as_object(parse_json(typed.encode()), "object")
        except (UnexpectedAnswer, UnicodeEncodeError):
            raise ValueError('Write it as JSON between braces, such as {"name": "value"}.') from None
        if self.check and (problem := self.check(value)):
            raise ValueError(problem)
        stored: JsonValue = _without_decimals(value)
        return stored

    def shown(self, stored: JsonValue) -> str:
        return dumps(stored, indent=2, ensure_ascii=False) if stored else ""


@dataclass(frozen=True, kw_only=True)
class AccountKind:
    """One kind of account: where it is reached, with what, and what else it can be told.

    `default_address` is empty where every customer has another. `incomplete` says in a sentence what is missing
    when only these credentials are there, for kinds that can be let in in more than one way.
    """

    kind: str
    label: str
    default_address: str
    address_help: str
    credentials: tuple[Credential, ...]
    settings: tuple[Setting, ...] = ()
    incomplete: Callable[[frozenset[str]], str | None] = field(default=lambda _names: None)


def order_url(where: str) -> TextSetting:
    """The link to an order's page; `where` ends a sentence that says what `{id}` stands for."""
    return TextSetting(
        name="order_url",
        label="Link to an order",
        help=f"An https:// address with {{id}} in it, which stands for {where}.",
        check=_link_problem,
    )


def polls_a_minute(default: int) -> CountSetting:
    """How often the clock may ask, see services.polling."""
    return CountSetting(
        name="polls_a_minute",
        label="Shipments asked about each minute",
        help=f"By the clock, for open shipments. {default} when empty; 0 asks about none.",
        default=default,
        least=0,
        most=600,
    )


def _link_problem(text: str) -> str | None:
    if not text.startswith(("https://", "http://127.0.0.1:")):
        return "Begin the link with https://."
    return None if "{id}" in text else "Put {id} where the order's id belongs."


def _without_decimals(value: Any) -> Any:
    """Numbers as a database column keeps them."""
    if isinstance(value, dict):
        return {name: _without_decimals(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_decimals(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
