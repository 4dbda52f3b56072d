"""Packing slips as one PDF, written page by page: see docs/decisions/0011-packing-slips-as-pdf.md."""

from webapp.services.slip_files.faces import scripts_of
from webapp.services.slip_files.layout import SHEETS, drawn, faces
from webapp.services.slip_files.pdf import Document

__all__ = ["SHEETS", "Document", "drawn", "faces", "scripts_of"]
