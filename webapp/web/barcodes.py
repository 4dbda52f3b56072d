"""A barcode as SVG, without any style of its own."""

from markupsafe import Markup

from webapp.barcodes import bars

_SVG = Markup(
    '<svg class="barcode" viewBox="0 0 {} 1" preserveAspectRatio="none" role="img" aria-label="Barcode of {}">'
    '<path d="{}"/></svg>'
)


def barcode(text: str) -> Markup:
    """The barcode; nothing for a text with characters that Code 128 does not have."""
    found = bars(text)
    if found is None:
        return Markup()
    path = "".join(f"M{place} 0h{width}v1h-{width}z" for place, width in found.bars)
    return _SVG.format(found.width, text, path)
