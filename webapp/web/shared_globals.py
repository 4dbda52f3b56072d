"""Templates that are looked up by name alone and see the globals of all, instead of each a map of its own."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template

KEPT_TEMPLATES = 500  # Those of the product and some rows, of which there is one for each choice of columns.


class SharedGlobals(Environment):
    """No template here has globals of its own.

    Jinja compares those of two templates at every import of a macro, and asks of each template that it includes
    whether its loader is still the same, fifty times a page: together that was a tenth of the page's time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: dict[str, Template] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals

    def get_template(self, name: str | Template, parent: str | None = None, *more: Any, **named: Any) -> Template:
        """The template of this name, compiled once; looked at for changes only while developing."""
        if self.auto_reload or more or named or not isinstance(name, str):
            return super().get_template(name, parent, *more, **named)
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= KEPT_TEMPLATES:
                self._known.clear()
            known = self._known[name] = super().get_template(name)
        return known
