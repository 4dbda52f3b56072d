"""How stored values become what a file holds: local times, amounts, text without what XLSX forbids."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from webapp.queries.export_columns import MONEY_UNITS
from webapp.schema import MONEY_PLACES

DAY = 86_400
_QUARTER = 900  # No zone of the last fifty years changed its clocks between two quarters of an hour.
LONGEST_TEXT = 32_767
"""What a cell of a spreadsheet holds; the rest is left out, and counted."""
# What XML 1.0 has no way to write; a lone half of a pair cannot even be encoded.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Offsets(dict[int, int]):
    """Seconds between UTC and the clock of a zone, by quarter of an hour since 1970."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, quarter: int) -> int:
        offset = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(self._zone).utcoffset()
        seconds = int(offset.total_seconds()) if offset else 0
        self[quarter] = seconds
        return seconds

    def local(self, instant: int) -> int:
        """Seconds since 1970 as the zone's clock counts them."""
        return instant + self[instant // _QUARTER]


def amount(units: int) -> Decimal:
    """An amount of money from its ten-thousandths."""
    return Decimal(units).scaleb(-MONEY_PLACES)


def amount_text(units: int) -> str:
    """The same as text, with two decimals, or more where there are more."""
    if units < 0:
        return f"-{amount_text(-units)}"
    whole, rest = divmod(units, MONEY_UNITS)
    return f"{whole}.{rest // 100:02}" if rest % 100 == 0 else f"{whole}.{rest:04}".rstrip("0")


def allowed(text: str) -> str:
    """The text without what a cell of XLSX cannot hold."""
    return (text if text.isprintable() else _FORBIDDEN.sub("", text))[:LONGEST_TEXT]
