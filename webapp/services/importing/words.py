"""Values of the file put back into the words a person would write into a cell."""

from datetime import datetime

_UNITS = 10_000
_AMOUNTS = {"unit_price", "unit_cost", "shipping_cost"}


def in_words(column: str, value: object) -> str:
    """A parsed value as it would stand in the file; empty for nothing."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case tuple():
            return "; ".join(value)
        case int() if column in _AMOUNTS:
            return f"{value // _UNITS}.{value % _UNITS:04}"
        case _:
            return str(value)
