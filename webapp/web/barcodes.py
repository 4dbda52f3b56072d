"""A number as a Code 128 barcode (ISO/IEC 15417), drawn as SVG without any style of its own."""

from itertools import groupby

from barcode import Code128
from barcode.errors import BarcodeError
from markupsafe import Markup

_QUIET = 10  # Modules of white on either side, as the standard asks for.
_SVG = Markup(
    '<svg class="barcode" viewBox="0 0 {} 1" preserveAspectRatio="none" role="img" aria-label="Barcode of {}">'
    '<path d="{}"/></svg>'
)


def barcode(text: str) -> Markup:
    """The barcode; nothing for a text with characters that Code 128 does not have."""
    try:
        modules = str(Code128(text).build()[0])
    except BarcodeError:
        return Markup()
    bars, place = [], _QUIET
    for is_bar, run in groupby(modules):
        width = len(list(run))
        if is_bar == "1":
            bars.append(f"M{place} 0h{width}v1h-{width}z")
        place += width
    return _SVG.format(place + _QUIET, text, "".join(bars))
