"""The PDF of packing slips: memory that does not grow with the pages, lines, and the scripts of the world."""

import gc
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from webapp.queries.addresses import Address
from webapp.queries.packing_slips import Slip, SlipLine
from webapp.services.packing_slips import Paper
from webapp.services.slip_files import SHEETS, Document, drawn
from webapp.services.slip_files.directions import in_sight, levels
from webapp.services.slip_files.typefaces import Line, Run, typeface, unprinted

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
    return Document(file, (sheet.width, sheet.height), "Packing slips")


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


def lines_of(text: str, width: float) -> list[str]:
    return [line.text for line in typeface().lines(text, 10, width)]


def test_lines_are_broken_between_words_and_within_one_that_is_too_long() -> None:
    narrow = typeface().width(Line("mmmm"), 10)
    assert lines_of("mm m mmmmmm i\n\nu\u0308", narrow) == ["mm m", "mmmm", "mm i", "", "ü"]
    assert lines_of("a\x00\u200bb\tc", 100) == ["ab c"]


def test_chinese_and_japanese_are_broken_between_letters_but_not_before_their_full_stop() -> None:
    assert lines_of("東京都、日本。", 31) == ["東京", "都、日", "本。"]
    assert lines_of("A座「東京」B", 25) == ["A座", "「東", "京」", "B"]
    assert lines_of("김민준 서울", 35) == ["김민준", "서울"]


def test_a_thai_or_hindi_word_is_never_torn_within_a_letter() -> None:
    assert lines_of("ที่รัก", 7) == ["ที่", "รั", "ก"]
    assert lines_of("क्षेत्र", 8) == ["क्षे", "त्र"]


def seen(text: str) -> str:
    """The text as it stands on paper from left to right, without the shapes of its letters."""
    found = levels(text) or [0] * len(text)
    mirrored = str.maketrans("()[]", ")(][")
    shown = [char.translate(mirrored) if level % 2 else char for char, level in zip(text, found, strict=True)]
    return "".join(shown[place] for place in in_sight(found))


@pytest.mark.parametrize(
    ("text", "on_paper"),
    [
        ("Rita Müller (2)", "Rita Müller (2)"),
        ("אבג 12", "12 גבא"),
        ("12 אבג", "גבא 12"),
        ("Ann (אבג) 7-8", "Ann (גבא) 7-8"),
        ("אבג (12/4) ד", "ד (12/4) גבא"),
        ("אב (C3) ד", "ד (C3) בא"),
        ("שם 12-14", "12-14 םש"),
        ("ابج 12-14", "14-12 جبا"),
        ("ابج ٢٥, B 7", "B 7 ,٢٥ جبا"),
        ("a אבּ.", "a ּבא."),
        ("א [ב] $5", "$5 [ב] א"),
    ],
)
def test_texts_run_as_unicode_has_it(text: str, on_paper: str) -> None:
    assert seen(text) == on_paper


def runs_of(text: str, *, bold: bool = False) -> list[Run]:
    return typeface(bold=bold).runs(Line(text, levels(text)))


def numbers_of(text: str) -> list[int]:
    return [glyph.number for run in runs_of(text) for glyph in run.glyphs]


def test_arabic_letters_are_joined_and_run_from_the_right() -> None:
    alone = numbers_of("م")
    [run] = runs_of("ممم")
    first, middle, last = reversed([glyph.number for glyph in run.glyphs])
    assert len({*alone, first, middle, last}) == 4
    assert [glyph.text for run in runs_of("مد B") for glyph in run.glyphs] == ["B", " ", "د", "م"]


def test_marks_stand_on_their_letters() -> None:
    [thai] = runs_of("ปู่")
    assert [glyph.advance > 0 for glyph in thai.glyphs] == [True, False, False]
    [hebrew] = runs_of("שָׁ")
    assert sum(glyph.advance > 0 for glyph in hebrew.glyphs) == 1
    assert {run.face.name for run in runs_of("ё́")} == {"DejaVuSans"}


def test_each_script_has_a_font_and_what_none_has_is_told() -> None:
    names = (
        "山田 太郎 ｶﾅ",
        "臺灣 李小龙",
        "김민준",
        "محمد ٢٥",
        "משה 7",
        "พี่สมชาย",
        "श्री शर्मा",
        "Nguyễn",
        "ქართული",
    )
    for text in names:
        for bold in (False, True):
            assert unprinted(runs_of(text, bold=bold)) == set(), text
    assert unprinted(runs_of("𠮷野 🚚 \ue000")) == {"𠮷", "🚚", "\ue000"}
    assert [run.is_thickened for run in runs_of("東", bold=True)] == [True]


def test_a_file_with_many_scripts_has_their_letters_and_no_others() -> None:
    file = BytesIO()
    made = document(file)
    runs = [run for text in ("東京 서울", "شركة", "שָׁלוֹם", "ร้าน") for run in runs_of(text, bold=True)]
    made.add_page(made.text(runs, 20, 100, 8))
    made.close()
    assert len(file.getvalue()) < 40_000
    [page] = PdfReader(file, strict=True).pages
    said = page.extract_text()
    assert all(part in said for part in ("東京", "서울", "ร้าน"))
    assert len(page["/Resources"]["/Font"]) == 5
