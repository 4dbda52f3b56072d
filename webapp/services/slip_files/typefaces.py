"""Texts in any script that the fonts have: which font draws which letter, lines, and what cannot be printed."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from webapp.services.slip_files.directions import in_sight, levels
from webapp.services.slip_files.faces import EM, MISSING, Face, Glyph, plain

_SCRIPTS = {
    "Arabic": ((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE)),
    "Devanagari": ((0x900, 0x97F), (0xA8E0, 0xA8FF)),
    "Hebrew": ((0x590, 0x5FF), (0xFB1D, 0xFB4F)),
    "Thai": ((0xE00, 0xE7F),),
}
"""The scripts that have a font of their own, and where Unicode has their letters."""
_SIMPLE = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x48A, 0x52F), (0x1E00, 0x1FFF),
    (0x2010, 0x20CF), (0x2100, 0x2BFF),
)  # fmt: skip
"""Latin, Greek, Cyrillic, punctuation and symbols: each letter is one glyph, whatever stands beside it."""
_JOINERS = "\u200c\u200d"
_NOT_FIRST = frozenset(
    "、。，．・：；？！）］｝」』】》〉〕ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"  # noqa: RUF001 - full-width
    "\u0e30\u0e32\u0e33\u0e45\u0e46"
)
_NOT_LAST = frozenset("（［｛「『【《〈〔\u0e40\u0e41\u0e42\u0e43\u0e44")  # noqa: RUF001 - full-width
"""What Chinese and Japanese do not begin or end a line with; Thai vowels stay with their consonant."""
_IDEOGRAPHS = re.compile(
    "[\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


@dataclass(frozen=True)
class Line:
    """Text in one line; `levels` of its characters where not all of it runs from left to right."""

    text: str
    levels: Sequence[int] | None = None


@dataclass(frozen=True)
class Run:
    """Glyphs of one font from left to right.

    They are simple where each stands beside the one before, thickened where the font has no bold of its own.
    """

    face: Face
    glyphs: Sequence[Glyph]
    is_simple: bool = False
    is_thickened: bool = False


class Typeface:
    """Letters of one weight."""

    def __init__(self, *, bold: bool) -> None:
        weight = "-Bold" if bold else ""
        self._bold = bold
        self._main, self._wide = Face(f"DejaVuSans{weight}"), _wide()
        self._of_scripts = {
            chr(code): face
            for script, ranges in _SCRIPTS.items()
            for face in [Face(f"NotoSans{script}{weight}")]
            for first, last in ranges
            for code in range(first, last + 1)
            if face.has(chr(code))
        }
        self._simple = self._main.simple(chr(code) for first, last in _SIMPLE for code in range(first, last + 1))
        self._widths = {char: glyph.advance for char, glyph in self._simple.items()}

    def lines(self, text: str, size: float, width: float) -> list[Line]:
        """The text in lines no wider than that, broken where its script allows, or within a word that is wider."""
        found: list[Line] = []
        for paragraph in plain(text).split("\n"):
            words = " ".join(paragraph.split())
            found += self._broken(Line(words, levels(words)), width * EM / size)
        return found

    def width(self, line: Line, size: float) -> float:
        """How wide a line is, in the unit of the size."""
        return self._width(line) * size / EM

    def runs(self, line: Line) -> list[Run]:
        """What is to be drawn, from left to right."""
        simple = self._as_simple(line)
        if simple is not None:
            return [Run(self._main, simple, is_simple=True)]
        faces = self._faces(line.text)
        at = line.levels or [0] * len(line.text)
        places = range(len(line.text))
        parts = [list(part) for _, part in groupby(places, lambda place: (id(faces[place]), at[place]))]
        runs = [self._shaped(line.text[part[0] : part[-1] + 1], faces[part[0]], at[part[0]]) for part in parts]
        return [runs[place] for place in in_sight([at[part[0]] for part in parts])]

    def _as_simple(self, line: Line) -> list[Glyph] | None:
        """Most texts need no shaping, which takes ten times as long."""
        if line.levels is not None:
            return None
        with suppress(KeyError):
            return [self._simple[char] for char in line.text]
        return None

    def _shaped(self, text: str, face: Face, level: int) -> Run:
        is_thickened = self._bold and face is self._wide
        return Run(face, face.shaped(text, leftwards=level % 2 == 1), is_thickened=is_thickened)

    def _faces(self, text: str) -> list[Face]:
        """The face of each character; what goes with a letter is of the letter's face where that has it."""
        faces: list[Face] = []
        for char in text:
            stays = bool(faces) and (char in _JOINERS or (_is_mark(char) and faces[-1].has(char)))
            faces.append(faces[-1] if stays else self._face(char))
        return faces

    def _face(self, char: str) -> Face:
        face = self._of_scripts.get(char, self._main)
        return self._wide if not face.has(char) and self._wide.has(char) else face

    def _width(self, line: Line) -> int:
        if line.levels is None:
            with suppress(KeyError):
                return sum([self._widths[char] for char in line.text])
        return sum(glyph.advance for run in self.runs(line) for glyph in run.glyphs)

    def _broken(self, whole: Line, room: float) -> Iterator[Line]:
        """In thousandths of the size of the letters."""
        if self._width(whole) <= room:  # As most are.
            yield whole
            return
        start = stop = following = 0
        for last, begin in _chances(whole.text):
            while self._width(_part(whole, start, last)) > room:
                if stop > start:
                    yield _part(whole, start, stop)
                    start = stop = following
                else:
                    cut = self._cut(whole, start, last, room)
                    yield _part(whole, start, cut)
                    start = stop = following = cut
            stop, following = last, begin
        if stop > start:
            yield _part(whole, start, stop)

    def _cut(self, whole: Line, start: int, last: int, room: float) -> int:
        """Where to break what is wider than a line: before the first letter that goes beyond it."""
        places = [place for place in range(start + 1, last) if _may_part(whole.text, place)] + [last]
        cut = places[0]
        for place in places[1:]:
            if self._width(_part(whole, start, place)) > room:
                break
            cut = place
        return cut


def unprinted(runs: Sequence[Run]) -> set[str]:
    """The characters that are drawn as a box, because no font has them."""
    glyphs = (glyph for run in runs if not run.is_simple for glyph in run.glyphs)
    return {char for glyph in glyphs if glyph.number == MISSING for char in glyph.text}


def _part(line: Line, start: int, stop: int) -> Line:
    return Line(line.text[start:stop], line.levels and line.levels[start:stop])


def _chances(text: str) -> Iterator[tuple[int, int]]:
    """Where a line may end, and where the next one begins then; the end of the text is the last."""
    for place, char in enumerate(text):
        if char == " ":
            yield place, place + 1
        elif place and _are_ideographs(text[place - 1 : place + 1]) and _may_part(text, place):
            yield place, place
    yield len(text), len(text)


def _are_ideographs(two: str) -> bool:
    """Whether a line may end between these two without a space."""
    return two[0] != " " and _IDEOGRAPHS.search(two) is not None


def _may_part(text: str, place: int) -> bool:
    """Whether a line may end before this character without tearing a letter apart."""
    before, char = text[place - 1], text[place]
    is_torn = _is_mark(char) or char in _JOINERS or before in _JOINERS or unicodedata.combining(before) == _VIRAMA
    return not is_torn and char not in _NOT_FIRST and before not in _NOT_LAST


_VIRAMA = 9  # The class of signs that join two consonants.


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


@lru_cache(maxsize=1)
def _wide() -> Face:
    """Chinese, Japanese and Korean, in one weight."""
    return Face("DroidSansFallback")


@lru_cache(maxsize=2)
def typeface(*, bold: bool = False) -> Typeface:
    """Read once for each process."""
    return Typeface(bold=bold)
