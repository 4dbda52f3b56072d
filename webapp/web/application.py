"""Flask without what it does at every request for applications that are not like this one."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import Flask, has_request_context, request
from werkzeug.datastructures import ImmutableDict
from werkzeug.routing import IntegerConverter, Map

from webapp.schema import HIGHEST_ID
from webapp.web.addresses import Pattern, patterns
from webapp.web.session_cookie import SessionCookie
from webapp.web.shared_globals import SharedGlobals


class KeyConverter(IntegerConverter):
    """A number in an address; one that no row can have is no address, and never reaches the database."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - so werkzeug calls it
        super().__init__(map, *args, **({"max": HIGHEST_ID} | kwargs))


class Addresses(Map):
    default_converters = ImmutableDict(Map.default_converters | {"int": KeyConverter})


class Application(Flask):
    """The application: no view and no hook of it is a coroutine, and no template has globals of its own."""

    jinja_environment = SharedGlobals
    url_map_class = Addresses
    session_interface = SessionCookie()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself; Flask would look at each hook of each request, whether it must be awaited."""
        return func

    def url_for(self, /, endpoint: str, **named: Any) -> str:
        """The address of a view. Flask's own way is taken for all but the plainest addresses of a page."""
        pattern = self._patterns.get(endpoint)
        path = pattern.fill(named) if pattern and has_request_context() else None
        return super().url_for(endpoint, **named) if path is None else f"{request.script_root}{path}"

    @cached_property
    def _patterns(self) -> dict[str, Pattern]:
        """Read when the first address is asked for, which is after the last rule was added."""
        return patterns(self.url_map)
