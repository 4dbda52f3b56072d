"""Numbers as Code 128 barcodes (ISO/IEC 15417): which stretches of a line are black."""

from dataclasses import dataclass
from itertools import groupby

from barcode import Code128
from barcode.errors import BarcodeError

_QUIET = 10  # Modules of white on either side, as the standard asks for.


@dataclass(frozen=True)
class Bars:
    """The bars, each with its place and width, and the width of the whole with the white beside it, in modules."""

    bars: tuple[tuple[int, int], ...]
    width: int


def bars(text: str) -> Bars | None:
    """The bars of a text; none for one with characters that Code 128 does not have."""
    try:
        modules = str(Code128(text).build()[0])
    except BarcodeError:
        return None
    found, place = [], _QUIET
    for is_bar, run in groupby(modules):
        width = len(list(run))
        if is_bar == "1":
            found.append((place, width))
        place += width
    return Bars(tuple(found), place + _QUIET)
