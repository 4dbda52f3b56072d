"""Shipments from a file: read, checked order by order, and loaded with all that the system needs behind them."""

from webapp.services.importing.importer import Imported, import_shipments

__all__ = ["Imported", "import_shipments"]
