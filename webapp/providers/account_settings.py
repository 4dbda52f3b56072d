"""Reading an account's settings and keys: what a vendor does not publish is said there, a wrong value is named."""

from collections.abc import Iterable, Mapping

from webapp.providers.base import AuthFailed, Rejected
from webapp.providers.shapes import JsonValue

Settings = Mapping[str, JsonValue]


def text_setting(settings: Settings, name: str, default: str = "") -> str:
    """A setting as text, the default when it is absent or empty. Raises Rejected for anything else than text."""
    value = settings.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong(name, "text")
    return str(value).strip() or default


def optional_text(settings: Settings, name: str) -> str | None:
    """A setting as text, None when it is absent, empty or no text."""
    value = settings.get(name)
    return str(value).strip() or None if isinstance(value, str | int) else None


def flag_setting(settings: Settings, name: str, *, default: bool) -> bool:
    """A setting that is yes or no. Raises Rejected for anything else."""
    value = settings.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _wrong(name, "true or false")
    return value


def count_setting(settings: Settings, name: str, *, default: int, most: int) -> int:
    """A setting that is a whole number from 1 to `most`. Raises Rejected for anything else."""
    value = settings.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise _wrong(name, f"a whole number from 1 to {most:,}")
    return value


def check_keys(values: Iterable[str], who: str) -> None:
    """Raises AuthFailed for a key that is no header: a line break would smuggle another one in."""
    if not all(value.isascii() and value.isprintable() for value in values):
        raise AuthFailed(
            f"{who} has a key that cannot be sent, because it holds a line break or letters beyond ASCII. Enter "
            "it again in the account."
        )


def _wrong(name: str, wanted: str) -> Rejected:
    return Rejected(f"The provider account's setting “{name}” must be {wanted}. Correct it in the account.")
