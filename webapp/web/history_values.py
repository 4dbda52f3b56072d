"""How a value out of the history is shown: a status by its name, a moment and an amount as everywhere else."""

from datetime import datetime
from decimal import Decimal

from webapp.choices import Choice
from webapp.queries.history_words import Value
from webapp.web.formatting import money, when

NOTHING = "none"


def shown(value: Value) -> str:
    """The value as people know it; "none" where there was nothing."""
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, Decimal):
        return money(value)
    return value or NOTHING
