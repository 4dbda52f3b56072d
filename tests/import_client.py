"""Imports the next shipment of each known order again and again, and prints how many shipments it added.

Run as `python -m tests.import_client FOLDER SECONDS ORDER…`, so that it has a process and a connection of its own.
The orders have the lines of tests.services.importing.files under two SKUs; their first shipment is there already.
"""

import random
import sys
import time
from itertools import count
from pathlib import Path

from tests.services.importing.files import csv_file, shipped_row
from webapp import create_app
from webapp.services.importing import import_shipments

SKUS = ("TEA-1", "CUP-2")
ORDERED = "2000"  # More than an import a client makes in any test.


def main() -> None:
    folder, seconds, orders = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    added = 0
    with create_app().app_context():
        end = time.monotonic() + seconds
        for sequence in count(2):
            if time.monotonic() >= end:
                break
            added += _import(folder, sequence, orders)
    print(added)


def _import(folder: Path, sequence: int, orders: list[str]) -> int:
    """Import a unit of each line of each order as a shipment; raises when any of it is refused."""
    cells = {
        "shipment_sequence": str(sequence),
        "shipment_quantity": "1",
        "ordered_quantity": ORDERED,
        "tracking_number": "",
        "status": "submitted",
        "fulfilled_at": "",
    }
    rows = [shipped_row(order_number=order, sku=sku, **cells) for order in orders for sku in SKUS]
    random.shuffle(rows)
    outcome = import_shipments(csv_file(folder / f"{sequence}.csv", rows), tell=_stop)
    return outcome.shipments_added


def _stop(refusal: object) -> None:
    raise AssertionError(refusal)


if __name__ == "__main__":
    main()
