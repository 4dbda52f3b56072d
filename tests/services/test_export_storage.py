"""The files of exports in S3: a real server on this machine, written, renamed, read in parts, and out of reach."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import fsspec
import pytest
from moto.server import ThreadedMotoServer

from tests.cast import Cast
from tests.exporting import ask, content_of, csv_rows, export_of, run_of, stored_files, work
from tests.factories import Factory
from tests.page import Page
from webapp.config import Settings
from webapp.services import export_storage
from webapp.services.export_storage import StorageFailed
from webapp.statuses import ExportFormat, RunState


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket that exports go to."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(
        export_storage, "settings", lambda: replace(settings, export_storage="s3://dockside/exports")
    )
    made = boto3.resource("s3").create_bucket(Bucket="dockside")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield made
    made.objects.delete()
    made.delete()


def keys(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


def test_an_export_lies_whole_in_s3_and_is_downloaded_from_there(
    page: Page, cast: Cast, make: Factory, bucket: Any
) -> None:
    shipment = make.shipment()
    run_id = ask(cast.viewer, format=ExportFormat.CSV, columns=("number",))
    assert work(run_id).state == RunState.SUCCEEDED
    export = export_of(run_id)
    assert keys(bucket) == [f"exports/{export.storage_key}"]
    assert csv_rows(content_of(run_id)) == [["Fulfillment #"], [shipment.fulfillment_number]]
    page.sign_in(cast.viewer).get(f"/exports/{export.id}/file", headers={"Range": "bytes=3-6"}, status=206)
    assert page.response.data == b"Fulf"


def break_off(key: str) -> None:
    with export_storage.writing(key) as file:
        file.write(b"x" * 6_000_000)  # More than one part of an upload.
        raise ZeroDivisionError


def test_what_is_broken_off_leaves_nothing_in_s3(cast: Cast, bucket: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        break_off("7/token/half.csv")
    assert keys(bucket) == []
    with export_storage.writing("7/token/whole.csv") as file:
        file.write(b"x" * 6_000_000)
    assert stored_files() == ["/7/token/whole.csv"]
    assert (export_storage.folders(), export_storage.size("7/token/whole.csv")) == (["7"], 6_000_000)
    export_storage.remove("7")
    assert export_storage.folders() == keys(bucket) == []


def lose(bucket: Any, key: str) -> None:
    with export_storage.writing(key) as file:
        file.write(b"x" * 6_000_000)  # The first part is there by now.
        bucket.delete()
        file.write(b"x" * 6_000_000)


def test_a_storage_that_goes_away_in_the_middle_leaves_nothing_to_offer(cast: Cast, bucket: Any) -> None:
    with pytest.raises(StorageFailed, match=r"because the storage said: .*bucket"):
        lose(bucket, "7/token/half.csv")
    bucket.create()
    assert export_storage.folders() == keys(bucket) == []


def test_a_storage_out_of_reach_fails_the_run_with_the_reason(
    make: Factory, cast: Cast, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.shipment()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    run_id = ask(cast.viewer)
    work(run_id)
    run = run_of(run_id)
    assert (run.state, run.can_retry) == (RunState.FAILED, True)
    assert "the storage said: Could not connect" in run.message
    monkeypatch.undo()
    assert export_of(run_id).storage_key is None
