"""A PDF file (ISO 32000-1) of pages with text and lines, written as a stream: no page stays in memory."""

import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import IO

from webapp.services.slip_files.faces import EM, MISSING, Face
from webapp.services.slip_files.typefaces import Run

_CATALOG, _PAGES, _FIRST_FREE = 1, 2, 3
_CODES_IN_BLOCK = 100  # As many as one block of a character map may hold.
_THICKENED = 0.03
"""The line around letters that have no bold of their own, of their size."""


class Document:
    """Takes pages until it is closed; then the file is whole. The fonts come last, with the glyphs used."""

    def __init__(self, file: IO[bytes], size: tuple[float, float], title: str) -> None:
        self._file, self._size, self._title = file, size, title
        self._used: dict[Face, dict[int, str]] = {}
        self._offsets = array("Q", [0] * _FIRST_FREE)
        self._fonts: dict[Face, int] = {}
        self._pages = array("Q")
        self._place = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def text(self, runs: Sequence[Run], x: float, y: float, size: float) -> str:
        """The operators that draw these runs from there on."""
        return f"BT {x:.2f} {y:.2f} Td {' '.join([self._run(run, size) for run in runs])} ET"

    def add_page(self, operators: str) -> None:
        content = self._add_stream(operators.encode("ascii"))
        self._pages.append(self._add(f"<< /Type /Page /Parent {_PAGES} 0 R /Contents {content} 0 R >>".encode()))

    def close(self) -> None:
        for face in self._fonts:
            self._add_font(face)
        width, height = self._size
        fonts = " ".join(f"/{face.name} {number} 0 R" for face, number in self._fonts.items())
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._add(
            f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] /MediaBox [0 0 {width:g} {height:g}] "
            f"/Resources << /Font << {fonts} >> >> >>".encode(),
            _PAGES,
        )
        self._add(
            f"<< /Type /Catalog /Pages {_PAGES} 0 R /Lang (en) /ViewerPreferences << /DisplayDocTitle true "
            "/PrintScaling /None >> >>".encode(),
            _CATALOG,
        )
        info = self._add(
            f"<< /Title <feff{self._title.encode('utf-16-be').hex()}> /Producer (Dockside) >>".encode()
        )
        self._end(info)

    def _end(self, info: int) -> None:
        start, count = self._place, len(self._offsets)
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
        for offset in self._offsets[1:]:
            self._write(b"%010d 00000 n \n" % offset)
        trailer = (
            f"trailer\n<< /Size {count} /Root {_CATALOG} 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        )
        self._write(trailer.encode())

    def _run(self, run: Run, size: float) -> str:
        _noted(run, self._used_of(run.face))
        if run.is_simple:
            shown = f"<{''.join([f'{glyph.number:04x}' for glyph in run.glyphs])}> Tj"
        else:
            shown = _placed(run, size)
        if run.is_thickened:
            shown = f"q 2 Tr {size * _THICKENED:.2f} w {shown} Q"
        return f"/{run.face.name} {size:g} Tf {shown}"

    def _used_of(self, face: Face) -> dict[int, str]:
        """What each glyph that was used of a face stands for."""
        if face not in self._fonts:
            self._fonts[face] = len(self._offsets)
            self._offsets.append(0)
            self._used[face] = {}
        return self._used[face]

    def _add_font(self, face: Face) -> None:
        """A composite font whose codes are the numbers of the glyphs."""
        glyphs = self._used[face]
        part = face.part(glyphs)
        file = self._add_stream(part, f"/Length1 {len(part)}")
        title, of = f"DOCKSD+{face.name}", face.measures
        box = " ".join(map(str, of.box))
        heights = f"/Ascent {of.ascent} /Descent {of.descent} /CapHeight {of.ascent}"
        described = self._add(
            f"<< /Type /FontDescriptor /FontName /{title} /Flags 4 /FontBBox [{box}] /ItalicAngle 0 /StemV 80 "
            f"{heights} /FontFile2 {file} 0 R >>".encode()
        )
        widths = " ".join(f"{glyph} [{face.width_of(glyph)}]" for glyph in sorted(glyphs))
        letters = self._add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{title} /FontDescriptor {described} 0 R "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity "
            f"/DW {face.width_of(MISSING)} /W [{widths}] >>".encode()
        )
        read = self._add_stream(_character_map(glyphs).encode("ascii"))
        self._add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{title} /Encoding /Identity-H "
            f"/DescendantFonts [{letters} 0 R] /ToUnicode {read} 0 R >>".encode(),
            self._fonts[face],
        )

    def _add_stream(self, content: bytes, more: str = "") -> int:
        packed = zlib.compress(content)
        head = f"<< /Filter /FlateDecode /Length {len(packed)} {more} >>\nstream\n".encode()
        return self._add(head + packed + b"\nendstream")

    def _add(self, body: bytes, number: int | None = None) -> int:
        if number is None:
            number = len(self._offsets)
            self._offsets.append(0)
        self._offsets[number] = self._place
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def _write(self, written: bytes) -> None:
        self._file.write(written)
        self._place += len(written)


def _noted(run: Run, used: dict[int, str]) -> None:
    """Which glyphs were used, and what each stands for where it stands for something by itself."""
    if run.is_simple:
        used.update([(glyph.number, glyph.text) for glyph in run.glyphs])
        return
    for glyph in run.glyphs:
        if glyph.number != MISSING and not used.get(glyph.number):
            used[glyph.number] = glyph.text


def _placed(run: Run, size: float) -> str:
    """The glyphs, each as far from the one before as its script wants it, some of them above or below the line."""
    parts: list[str] = []
    up = owed = 0
    for glyph in run.glyphs:
        if glyph.up != up:
            up = glyph.up
            parts.append(f"] TJ {size * up / EM:.2f} Ts [")
        if ahead := owed + glyph.right:
            parts.append(f"{-ahead}")
        parts.append(f"<{glyph.number:04x}>")
        owed = glyph.advance - glyph.right - run.face.width_of(glyph.number)
    behind = f" {-owed}" if owed else ""
    return f"[{' '.join(parts)}{behind}] TJ{' 0 Ts' if up else ''}"


def _character_map(glyphs: Mapping[int, str]) -> str:
    """Which character each code stands for, so that a text can be searched and copied."""
    codes = [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(glyphs.items()) if text]
    blocks = [codes[start : start + _CODES_IN_BLOCK] for start in range(0, len(codes), _CODES_IN_BLOCK)]
    said = "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{said}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )
