"""Packing slips as one PDF, written page by page: see docs/decisions/0011-packing-slips-as-pdf.md."""

from webapp.services.slip_files.layout import SHEETS, drawn
from webapp.services.slip_files.pdf import Document
from webapp.services.slip_files.scripts import scripts_of

__all__ = ["SHEETS", "Document", "drawn", "scripts_of"]
