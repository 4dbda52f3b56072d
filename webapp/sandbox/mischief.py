"""Carries out a planned fault on a request or on its answer."""

import gzip
import socket
from collections.abc import Callable, Iterator

from flask import Response, jsonify, request

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
    if fault is Fault.ERRORS_IN_BODY:
        return system.error_under_200()
    if fault is Fault.REDIRECT:
        return Response(status=302, headers={"Location": f"/_control/{system.name}/requests"})
    return _ANSWERS[fault]()


def spoil(planned: PlannedFault, system: System, response: Response) -> Response:
    """The answer of a fault that strikes after the system has done its work."""
    faults = system.traffic.faults
    match planned.fault:
        case Fault.SHIPS_AFTERWARDS:
            system.ship(planned.order or "")
        case Fault.WRONG_TYPE:
            response.content_type = "text/html"
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


def _huge() -> bytes:
    return b'{"filler": "' + b"x" * HUGE_BYTES + b'"}'


def _for_ever() -> Iterator[bytes]:
    """Until the caller hangs up: the server then fails to write and lets go of the generator."""
    yield b'{"filler": "'
    while True:
        yield b"x" * 65_536


def _packed() -> Response:
    response = _json(gzip.compress(_huge()))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _echo() -> Response:
    """What was sent, where each provider has its error's words."""
    words = f"Not understood: {dict(request.headers)} {request.get_data(as_text=True)}"
    response = jsonify(message=words, error=words, errors=[{"code": "Echo", "message": words}])
    response.status_code = 400
    return response


def _drip(body: bytes, seconds: float, faults: FaultPlan) -> Iterator[bytes]:
    for start in range(0, len(body), DRIP_BYTES):
        yield body[start : start + DRIP_BYTES]
        faults.pause(seconds)


def _hang_up() -> None:
    """Close the caller's connection without a word; the server notices when it tries to answer."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _json(body: bytes) -> Response:
    return Response(body, mimetype="application/json")


_ANSWERS: dict[Fault, Callable[[], Response]] = {
    Fault.WRONG_SHAPE: lambda: _json(b'["this", "is", "not", "what", "was", "asked", "for"]'),
    Fault.HUGE_BODY: lambda: _json(_huge()),
    Fault.HUGE_PACKED: _packed,
    Fault.ENDLESS: lambda: Response(_for_ever(), mimetype="application/json"),
    Fault.ECHO: _echo,
    Fault.NOT_JSON: lambda: Response(_WEB_PAGE, mimetype="text/html"),
}
