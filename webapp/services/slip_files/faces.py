"""Font files: which letters they have, how wide these are, and the part of a font that a file needs."""

import struct
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import uharfbuzz

_FOLDER = Path(__file__).parent / "fonts"
EM = 1000
"""Units in which PDF counts widths: thousandths of the size of the letters."""
MISSING = 0
"""The glyph, an empty box, of a character that the font does not have."""
_DRAWN = {"glyf", "loca", "head", "hhea", "hmtx", "maxp"}
"""What a PDF needs of a font: outlines and widths."""
_KEPT = "\n\u200c\u200d\u200e\u200f\u061c"
"""The controls that stay in a text: new lines, and what says how letters join and which way they run."""
_LANGUAGE = "en"  # Or HarfBuzz would ask the machine for one.


class Glyph(NamedTuple):
    """One drawing of a font, what is moved after it and by how much it is moved itself, in thousandths.

    `text` is what it stands for; the further ones of a cluster have none.
    """

    number: int
    text: str
    advance: int
    right: int = 0
    up: int = 0


@dataclass(frozen=True)
class Measures:
    """What PDF wants to know of a font, in thousandths of its size."""

    box: tuple[int, ...]
    ascent: int
    descent: int


class Face:
    """One font file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(_FOLDER / f"{name}.ttf")))
        self._font = uharfbuzz.Font(self._face)
        self._font.scale = (EM, EM)
        self._chars: Collection[int] = self._face.unicodes

    def has(self, char: str) -> bool:
        return ord(char) in self._chars

    def simple(self, chars: Iterable[str]) -> dict[str, Glyph]:
        """Those of the characters that it has, each as the glyph it is where letters do not change each other."""
        numbers = ((char, self._font.get_nominal_glyph(ord(char))) for char in chars if self.has(char))
        return {char: Glyph(number, char, self.width_of(number)) for char, number in numbers}

    def shaped(self, text: str, *, leftwards: bool) -> list[Glyph]:
        """The glyphs of the text from left to right, joined and placed as its script wants it."""
        buffer = uharfbuzz.Buffer()
        buffer.cluster_level = uharfbuzz.BufferClusterLevel.CHARACTERS  # Marks are told from their letters.
        buffer.add_str(text)
        buffer.direction, buffer.language = "rtl" if leftwards else "ltr", _LANGUAGE
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._font, buffer)
        return _with_texts(buffer, text)

    def width_of(self, number: int) -> int:
        """Thousandths of the size of the letters."""
        return int(self._font.get_glyph_h_advance(number))

    def part(self, numbers: Collection[int]) -> bytes:
        """The font file with these glyphs alone; every one keeps its number."""
        wanted = uharfbuzz.SubsetInput()
        wanted.glyph_set.update(numbers)
        flags = uharfbuzz.SubsetFlags
        wanted.flags = flags.RETAIN_GIDS | flags.NO_HINTING | flags.NOTDEF_OUTLINE
        dropped = set(self._face.table_tags) - _DRAWN
        wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in dropped)
        return bytes(uharfbuzz.subset(self._face, wanted).blob.data)

    @cached_property
    def measures(self) -> Measures:
        head = bytes(self._face.reference_table("head").data)
        box = struct.unpack(">4h", head[36:44])
        heights = self._font.get_font_extents("ltr")
        return Measures(
            tuple(round(edge * EM / self._face.upem) for edge in box), heights.ascender, heights.descender
        )


def _with_texts(buffer: Any, text: str) -> list[Glyph]:
    """Each cluster's text is with its first glyph, up to where the next cluster begins in the text."""
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    stops = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    glyphs = []
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        stop = stops.pop(info.cluster, None)
        said = text[info.cluster : stop] if stop is not None else ""
        glyphs.append(Glyph(info.codepoint, said, place.x_advance, place.x_offset, place.y_offset))
    return glyphs


def plain(text: str) -> str:
    """The text with letters and their accents in one, and few controls."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(char for char in composed if char in _KEPT or unicodedata.category(char) not in {"Cc", "Cf"})
