"""A PDF file (ISO 32000-1) of pages with text and lines, written as a stream: no page stays in memory."""

import zlib
from array import array
from collections.abc import Mapping
from typing import IO

from webapp.services.slip_files.faces import Face

_CATALOG, _PAGES, _FIRST_FREE = 1, 2, 3
_CODES_IN_BLOCK = 100  # As many as one block of a character map may hold.


class Document:
    """Takes pages until it is closed; then the file is whole. The fonts come last, with the letters used."""

    def __init__(self, file: IO[bytes], size: tuple[float, float], faces: Mapping[str, Face], title: str) -> None:
        self._file, self._size, self._faces, self._title = file, size, faces, title
        self._used: dict[str, set[str]] = {name: set() for name in faces}
        self._offsets = array("Q", [0] * (_FIRST_FREE + len(faces)))
        self._fonts = {name: _FIRST_FREE + number for number, name in enumerate(faces)}
        self._pages = array("Q")
        self._place = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def text(self, name: str, text: str) -> str:
        """The text as an operand in the font of this name."""
        self._used[name].update(text)
        glyph = self._faces[name].glyph
        return f"<{''.join([f'{glyph(char):04x}' for char in text])}>"

    def add_page(self, operators: str) -> None:
        content = self._add_stream(operators.encode("ascii"))
        self._pages.append(self._add(f"<< /Type /Page /Parent {_PAGES} 0 R /Contents {content} 0 R >>".encode()))

    def close(self) -> None:
        for name, face in self._faces.items():
            self._add_font(name, face)
        width, height = self._size
        fonts = " ".join(f"/{name} {number} 0 R" for name, number in self._fonts.items())
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

    def _add_font(self, name: str, face: Face) -> None:
        """A composite font whose codes are the numbers of the glyphs."""
        glyphs = {face.glyph(char): char for char in sorted(self._used[name]) if face.glyph(char)}
        part = face.part(glyphs.values())
        file = self._add_stream(part, f"/Length1 {len(part)}")
        title, of = f"DOCKSD+{face.name}", face.measures
        box = " ".join(map(str, of.box))
        heights = f"/Ascent {of.ascent} /Descent {of.descent} /CapHeight {of.ascent}"
        described = self._add(
            f"<< /Type /FontDescriptor /FontName /{title} /Flags 4 /FontBBox [{box}] /ItalicAngle 0 /StemV 80 "
            f"{heights} /FontFile2 {file} 0 R >>".encode()
        )
        widths = " ".join(f"{glyph} [{face.width_of(char)}]" for glyph, char in sorted(glyphs.items()))
        letters = self._add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{title} /FontDescriptor {described} 0 R "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity "
            f"/DW {face.width_of('')} /W [{widths}] >>".encode()
        )
        read = self._add_stream(_character_map(glyphs).encode("ascii"))
        self._add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{title} /Encoding /Identity-H "
            f"/DescendantFonts [{letters} 0 R] /ToUnicode {read} 0 R >>".encode(),
            self._fonts[name],
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


def _character_map(glyphs: Mapping[int, str]) -> str:
    """Which character each code stands for, so that a text can be searched and copied."""
    codes = [f"<{glyph:04x}> <{char.encode('utf-16-be').hex()}>" for glyph, char in sorted(glyphs.items())]
    blocks = [codes[start : start + _CODES_IN_BLOCK] for start in range(0, len(codes), _CODES_IN_BLOCK)]
    said = "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{said}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )
