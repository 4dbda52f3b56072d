"""Fonts: how wide a text is, how it is broken into lines, and the part of a font that a file needs."""

import io
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

_FOLDER = Path(__file__).parent / "fonts"
_EM = 1000
"""Units in which PDF counts widths: thousandths of the size of the letters."""
_MISSING = 0
"""The glyph, an empty box, of a character that the font does not have."""
_LEFTWARDS = {"R", "AL"}  # Hebrew and its like, Arabic and its like (Unicode Standard Annex 9).
_SCRIPTS = {
    "CJK": "Chinese or Japanese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "COMBINING": "accents",
}
"""By the first word of the name that Unicode gives a character; most scripts are called by it."""


@dataclass(frozen=True)
class Measures:
    """What PDF wants to know of a font, in thousandths of its size."""

    box: tuple[int, ...]
    ascent: int
    descent: int


class Face:
    """One font file. Texts are drawn letter by letter from left to right, in Latin, Greek and Cyrillic script."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._path = _FOLDER / f"{name}.ttf"
        with TTFont(self._path) as font:
            scale = _EM / font["head"].unitsPerEm
            names, head = font.getBestCmap(), font["head"]
            self._glyphs: dict[str, int] = {chr(code): font.getGlyphID(glyph) for code, glyph in names.items()}
            widths = font["hmtx"].metrics
            self._widths: dict[str, int] = {
                char: round(widths[names[ord(char)]][0] * scale) for char in self._glyphs
            }
            self._missing_width: int = round(widths[".notdef"][0] * scale)
            self._printed = frozenset(char for char in self._glyphs if not _runs_leftwards(char))
            box = (head.xMin, head.yMin, head.xMax, head.yMax)
            self.measures = Measures(
                tuple(round(edge * scale) for edge in box),
                round(font["hhea"].ascent * scale),
                round(font["hhea"].descent * scale),
            )

    def glyph(self, char: str) -> int:
        return self._glyphs.get(char, _MISSING)

    def unprinted(self, text: str) -> set[str]:
        """The characters that are drawn as a box, or neither in the order nor joined as their script wants it."""
        return set(text).difference(self._printed)

    def width_of(self, char: str) -> int:
        """Thousandths of the size of the letters."""
        return self._widths.get(char, self._missing_width)

    def width(self, text: str, size: float) -> float:
        """How wide a text is, in the unit of the size."""
        return sum(map(self.width_of, text)) * size / _EM

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """The text in lines no wider than that, broken between words, and within one that is wider by itself."""
        lines: list[str] = []
        for paragraph in plain(text).split("\n"):
            line = ""
            for word in paragraph.split():
                longer = f"{line} {word}" if line else word
                if self.width(longer, size) <= width:
                    line = longer
                    continue
                if line:
                    lines.append(line)
                *whole, line = self._pieces(word, size, width)
                lines += whole
            lines.append(line)
        return lines

    def part(self, chars: Collection[str]) -> bytes:
        """The font file with these characters alone; every glyph keeps its number."""
        options = Options(retain_gids=True, notdef_outline=True, hinting=False, layout_features=[])
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "kern", "name", "post", "OS/2", "FFTM", "MATH", "gasp"]
        with TTFont(self._path, lazy=True) as font:
            subsetter = Subsetter(options)
            subsetter.populate(unicodes=[ord(char) for char in chars])
            subsetter.subset(font)
            written = io.BytesIO()
            font.save(written)
        return written.getvalue()

    def _pieces(self, word: str, size: float, width: float) -> list[str]:
        pieces = [""]
        for char in word:
            if pieces[-1] and self.width(pieces[-1] + char, size) > width:
                pieces.append("")
            pieces[-1] += char
        return pieces


def scripts_of(chars: Collection[str]) -> list[str]:
    """What people call the scripts of these characters, in the order of the alphabet."""
    first_words = {unicodedata.name(char, "").partition(" ")[0] for char in chars if _is_written(char)}
    named = {_SCRIPTS.get(word, word.capitalize()) for word in first_words}
    return sorted(named) + ([] if all(map(_is_written, chars)) else ["symbols"])


def _is_written(char: str) -> bool:
    """Whether it belongs to a script: a letter, a sign that goes with one, a digit."""
    return unicodedata.category(char)[0] in "LMN"


def _runs_leftwards(char: str) -> bool:
    return unicodedata.bidirectional(char) in _LEFTWARDS


def plain(text: str) -> str:
    """The text with letters and their accents in one, and nothing that could not be drawn."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(char for char in composed if char == "\n" or not unicodedata.category(char).startswith("C"))


@lru_cache(maxsize=2)
def face(*, bold: bool = False) -> Face:
    """DejaVu Sans, read once for each process."""
    return Face("DejaVuSans-Bold" if bold else "DejaVuSans")
