"""Templates that look at the globals of all directly, instead of each through a map of its own."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class SharedGlobals(Environment):
    """No template here has globals of its own.

    Jinja compares those of two templates at every import of a macro, two dozen times a page; with a ChainMap for
    each of them that was a tenth of the page's time.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
