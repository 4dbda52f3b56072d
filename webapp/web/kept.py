"""Parts of pages that are written once and kept: the same on every page, or whenever the same is shown."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request
from jinja2 import Environment
from markupsafe import Markup

KEPT_PARTS = 1024  # Each of some kilobytes; a few dozen lists are looked at all day.


def install(app: Flask) -> None:
    """Let templates keep their parts."""
    app.jinja_env.globals.update(kept=kept, kept_for=kept_for)


def kept(template: str) -> Markup:
    """A part that is the same on every page and for everyone; it sees nothing of the request."""
    return _kept(current_app.jinja_env, request.script_root, template, ())


def kept_for(template: str, **seen: Hashable) -> Markup:
    """A part that depends on these values alone; it sees nothing else of the request, the person or the day."""
    return _kept(current_app.jinja_env, request.script_root, template, tuple(seen.items()))


@lru_cache(maxsize=KEPT_PARTS)
def _kept(environment: Environment, _root: str, template: str, seen: tuple[tuple[str, Any], ...]) -> Markup:
    return environment.get_template(template).make_module(dict(seen)).__html__()
