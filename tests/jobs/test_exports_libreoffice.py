"""The XLSX of an export in LibreOffice, no complaint, and every value as it was written."""

import csv
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.exporting import ask, content_of, work
from tests.factories import NOON, Factory
from webapp.services import export_files
from webapp.statuses import FulfillmentStatus

FEDEX = "9611804123456789012345678901234567"
COLUMNS = ("number", "tracking", "customer", "cost", "fulfilled_at")
SOFFICE = shutil.which("soffice")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("nothing_stored"),
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice Calc (soffice) is not installed"),
]


@pytest.mark.parametrize("large", [export_files.LARGE, 0], ids=["openpyxl", "stream"])
def test_it_opens_without_a_complaint_and_with_every_value(
    make: Factory, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(export_files, "LARGE", large)
    shipment = make.shipment(
        order=make.order(name="=1+1 Łódź, ü"), tracking_number=FEDEX, cost=Decimal("12.3456"),
        fulfilled_at=NOON, status=FulfillmentStatus.FULFILLED,
    )  # fmt: skip
    run_id = ask(cast.viewer, columns=COLUMNS)
    work(run_id)
    (tmp_path / "export.xlsx").write_bytes(content_of(run_id))
    [found] = converted(tmp_path / "export.xlsx")
    assert found == {
        "Fulfillment #": shipment.fulfillment_number,
        "Tracking #": FEDEX,
        "Customer": "=1+1 Łódź, ü",
        "Cost": "12.3456",
        "Fulfilled At": "2026-11-03 12:00:00",
    }


def converted(path: Path) -> list[dict[str, str]]:
    """The first sheet as LibreOffice shows it, by its own CSV in UTF-8."""
    command = [
        str(SOFFICE), f"-env:UserInstallation=file://{path.parent}/profile", "--headless",
        "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", str(path.parent), str(path),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    complaints = [line for line in done.stderr.splitlines() if line and "javaldx" not in line]
    assert complaints == []
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
