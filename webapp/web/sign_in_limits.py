"""How often a password may be tried: per name and per address, counted in Redis, in memory while it is down."""

import hashlib
import ipaddress
import math
import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Response, g, request
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address

from webapp.extensions import limiter, settings
from webapp.web.sessions import current_person

View = TypeVar("View", bound=Callable[..., Any])
Breach = Callable[[int], Response]

log = structlog.get_logger()


def limited(answer: Breach) -> Callable[[View], View]:
    """Limit the POSTs of a view; `answer(seconds)` makes the 429 answer once there were too many failures.

    Only failures count (see count_failure), so that a whole shift behind one address can sign in at once.
    """

    def refuse(breached: RequestLimit) -> Response:
        seconds = max(1, math.ceil(breached.reset_at - time.time()))
        log.warning("password_tries_limited", address=get_remote_address())
        response = answer(seconds)
        response.headers["Retry-After"] = str(seconds)
        return response

    def wrap(view: View) -> View:
        for key in (_name, _address):
            view = limiter.limit(  # type: ignore[assignment]
                lambda: settings().sign_in_limit,
                key_func=key,
                methods=["POST"],
                deduct_when=lambda _response: "password_was_wrong" in g,
                on_breach=refuse,
            )(view)
        return view

    return wrap


def count_failure() -> None:
    """Count this request as a failed try, for its name and for its address."""
    g.password_was_wrong = True


def _name() -> str:
    """The name that is tried, hashed: it may be long, or a password typed into the wrong field."""
    person = current_person()
    name = person.username if person else request.form.get("username", "").strip().lower()
    return f"name:{hashlib.sha256(name.encode()).hexdigest()}"


def _address() -> str:
    """The address that tries; of IPv6 the network, because one machine has as many addresses there as it likes."""
    address = get_remote_address()
    if ":" in address:
        address = str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return f"address:{address}"
