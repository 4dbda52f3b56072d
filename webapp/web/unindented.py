"""Pages travel without the indentation of their templates: it means nothing in HTML, but is sent each time."""

import re

from flask import Flask
from jinja2.ext import Extension

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Unindented(Extension):
    """Takes off what lines of a template begin with; the lines stay, so that errors name the right one."""

    def preprocess(self, source: str, _name: str | None, _filename: str | None = None) -> str:
        return _INDENTATION.sub("", source)


def install(app: Flask) -> None:
    """Let every template be read without its indentation."""
    app.jinja_env.add_extension(Unindented)
