"""The PDF of packing slips: memory that does not grow with the pages, and texts broken into lines."""

import gc
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from webapp.queries.addresses import Address
from webapp.queries.packing_slips import Slip, SlipLine
from webapp.services.packing_slips import Paper
from webapp.services.slip_files import SHEETS, Document, drawn, faces
from webapp.services.slip_files.faces import face

ADDRESS = Address(
    "Rita Müller", "", "", "", "Adenauerallee 900", "", "Stuttgart", "", "", "70563", "Germany", "DE"
)
SLIP = Slip(
    id=1, fulfillment_number="SO-1.1", store="Northwind", order_number="SO-1", customer_reference="",
    ordered_at=datetime(2026, 11, 3, 20, tzinfo=UTC), warehouse="Reno, NV", shipping_method="", unit_count=2,
    ship_to=ADDRESS, bill_to=None, lines=(SlipLine("NWP-011", "Queso Cabrales", 2),),
)  # fmt: skip


class Nowhere:
    """A file that forgets what is written into it."""

    size = 0

    def write(self, content: bytes) -> None:
        self.size += len(content)


def document(file: Any) -> Document:
    sheet = SHEETS[Paper.LABEL]
    return Document(file, (sheet.width, sheet.height), faces(), "Packing slips")


def draw(made: Document, slips: int) -> None:
    for _ in range(slips):
        drawn(SLIP, made, Paper.LABEL, ZoneInfo("UTC"))


def test_pages_are_written_as_they_come_and_memory_does_not_grow_with_them() -> None:
    file = Nowhere()
    made = document(file)
    draw(made, 20)
    after_some = file.size
    tracemalloc.start()
    try:
        draw(made, 20)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        draw(made, 300)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert file.size > after_some * 10
    assert grown < 300 * 256  # The places of two objects, not the page: that alone takes a thousand bytes.
    made.close()


def test_only_the_letters_used_are_in_the_file() -> None:
    file = BytesIO()
    made = document(file)
    draw(made, 1)
    made.close()
    assert len(file.getvalue()) < 40_000
    reader = PdfReader(file, strict=True)
    assert reader.metadata is not None
    assert reader.metadata.title == "Packing slips"
    assert "Rita Müller" in reader.pages[0].extract_text()


def test_lines_are_broken_between_words_and_within_one_that_is_too_long() -> None:
    plain = face()
    narrow = plain.width("mmmm", 10)
    assert plain.lines("mm m mmmmmm i\n\nu\u0308", 10, narrow) == ["mm m", "mmmm", "mm i", "", "ü"]
    assert plain.lines("a\x00\u200bb\tc", 10, 100) == ["ab c"]
    assert plain.width("中", 10) == plain.width("\U0001f69a", 10)
