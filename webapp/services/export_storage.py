"""Where the files of exports lie: a folder, or S3 when several machines share them, both through fsspec.

A file is written under another name and gets its own when it is whole, so that nothing half-made is ever offered.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import IO, Any

import fsspec

from webapp.errors import AppError
from webapp.extensions import settings

PART = ".part"
"""Ends the name of a file that is being written."""
# Two tries and half a minute at most for one call: a run that fails can be repeated, one that hangs cannot.
_S3_OPTIONS: dict[str, Any] = {
    "use_listings_cache": False,
    "config_kwargs": {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 2}},
}


class StorageFailed(AppError):
    """The place for the files is full, away, or refuses; nothing half-made stays there."""

    code = "storage_failed"
    status = HTTPStatus.SERVICE_UNAVAILABLE


@contextmanager
def writing(key: str) -> Iterator[IO[bytes]]:
    """A file to write from beginning to end; it has its name once the block is left well. Raises StorageFailed."""
    with _explained("written"):
        files, path = _located(key)
        if not _is_s3():
            files.makedirs(path.rpartition("/")[0], exist_ok=True)
        try:
            with files.open(path + PART, "wb") as file:
                yield file
            files.mv(path + PART, path)
        except BaseException:
            with suppress(*_troubles()):
                files.rm(path + PART)
            raise


def open_file(key: str) -> IO[bytes]:
    """The file, to read from any place and to close. Raises StorageFailed."""
    with _explained("read"):
        files, path = _located(key)
        found: IO[bytes] = files.open(path, "rb")
        return found


def size(key: str) -> int:
    """Its bytes. Raises StorageFailed."""
    with _explained("read"):
        files, path = _located(key)
        return int(files.size(path))


def remove(folder: str) -> None:
    """Delete a folder with all its files; twice is the same as once. Raises StorageFailed."""
    with _explained("deleted"):
        files, path = _located(folder)
        if files.exists(path):
            files.rm(path, recursive=True)


def folders() -> list[str]:
    """The names of the folders that hold files. Raises StorageFailed."""
    with _explained("read"):
        files, root = _located("")
        if not files.exists(root):
            return []
        return [str(path).rstrip("/").rpartition("/")[2] for path in files.ls(root, detail=False)]


def _is_s3() -> bool:
    return settings().export_storage.startswith("s3://")


def _located(key: str) -> tuple[Any, str]:
    options = _S3_OPTIONS if _is_s3() else {}
    files, root = fsspec.url_to_fs(settings().export_storage, **options)
    return files, f"{root}/{key}".rstrip("/")


def _troubles() -> tuple[type[Exception], ...]:
    if not _is_s3():
        return (OSError,)
    # Imported where it is needed: it takes a third of a second, which those with a folder need not wait.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    return (OSError, BotoCoreError, ClientError)


@contextmanager
def _explained(done: str) -> Iterator[None]:
    try:
        yield
    except _troubles() as error:
        reason = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
        raise StorageFailed(
            f"The file could not be {done}, because the storage said: {reason[:300].rstrip('.')}. Tell an "
            "administrator, then try again."
        ) from error
