"""On SQLite the requests of a process take turns.

Python's lock may change hands with every row that SQLite reads, and whoever wants it back waits until another
request has done its part: eight requests at once then take twice as long as one after the other. Nobody waits long
for one that takes its time, though, such as a filter without an index.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 0.05  # Seconds: the pages of two dozen people who all ask in the same moment.


class Turns:
    """Lets requests in one after the other, as long as none takes longer than the patience of the next."""

    def __init__(self, application: WSGIApplication, patience: float = PATIENCE) -> None:
        self._application = application
        self._patience = patience
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        has_turn = self._turn.acquire(timeout=self._patience)
        try:
            return self._application(environ, start_response)
        finally:
            if has_turn:
                self._turn.release()
