"""Flask without what it does at every request for applications that are not like this one."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from webapp.web.session_cookie import SessionCookie
from webapp.web.shared_globals import SharedGlobals


class Application(Flask):
    """The application: no view and no hook of it is a coroutine, and no template has globals of its own."""

    jinja_environment = SharedGlobals
    session_interface = SessionCookie()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself; Flask would look at each hook of each request, whether it must be awaited."""
        return func
