"""A file that is only ever written on from its end, so that a zip archive can go to any storage as it grows."""

from typing import IO


class Unseekable:
    """Has nothing but what zipfile needs of a stream."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, content: bytes) -> int:
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()
