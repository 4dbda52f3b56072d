"""Carries out a planned fault on a request or on its answer."""

import socket
from collections.abc import Iterator

from flask import Response, request

from webapp.sandbox.faults import Fault, FaultPlan, PlannedFault
from webapp.sandbox.systems import System

# Larger than any answer a caller should accept, small enough to make in a moment.
HUGE_BYTES = 10_000_000
# A drip this small makes even a short answer take many pauses.
DRIP_BYTES = 16

_STATUSES = {
    Fault.THROTTLED: 429,
    Fault.SERVER_ERROR: 500,
    Fault.UNAUTHORIZED: 401,
    Fault.NOT_FOUND: 404,
}
_WEB_PAGE = "<!doctype html><title>Sign in</title><p>Your session has ended. Please sign in again.</p>"


def answer_instead(planned: PlannedFault, system: System) -> Response:
    """The answer of a fault that keeps the system from doing anything."""
    fault = planned.fault
    if fault in _STATUSES:
        response = system.error(_STATUSES[fault])
        if fault is Fault.THROTTLED:
            response.headers["Retry-After"] = f"{planned.seconds:.0f}"
        return response
    match fault:
        case Fault.ERRORS_IN_BODY:
            return system.error_under_200()
        case Fault.WRONG_SHAPE:
            return _json('["this", "is", "not", "what", "was", "asked", "for"]')
        case Fault.HUGE_BODY:
            return _json('{"filler": "' + "x" * HUGE_BYTES + '"}')
        case Fault.REDIRECT:
            return Response(status=302, headers={"Location": f"/_control/{system.name}/requests"})
        case _:
            return Response(_WEB_PAGE, mimetype="text/html")


def spoil(planned: PlannedFault, faults: FaultPlan, response: Response) -> Response:
    """The answer of a fault that strikes after the system has done its work."""
    match planned.fault:
        case Fault.TRUNCATED:
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
        case Fault.CUT_OFF:
            body = response.get_data()
            response.response = [body[: len(body) // 2]]
            response.headers["Content-Length"] = str(len(body))
        case Fault.SLOW_BODY:
            response.response = _drip(response.get_data(), planned.seconds, faults)
        case Fault.SILENCE:
            faults.pause(planned.seconds)
            _hang_up()
        case _:
            _hang_up()
    return response


def _drip(body: bytes, seconds: float, faults: FaultPlan) -> Iterator[bytes]:
    for start in range(0, len(body), DRIP_BYTES):
        yield body[start : start + DRIP_BYTES]
        faults.pause(seconds)


def _hang_up() -> None:
    """Close the caller's connection without a word; the server notices when it tries to answer."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")
