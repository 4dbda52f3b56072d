"""Values read from the query string: what does not exist is refused with a list of what does."""

from collections.abc import Iterable
from typing import TypeVar

from flask import request

from webapp.choices import Choice
from webapp.errors import BadRequest

Kind = TypeVar("Kind", bound=Choice)
LONGEST_TEXT = 200  # As many characters as the search box of the header takes.
LAST_PAGE = 100_000  # Beyond any history there is, and far from the numbers databases choke on.


def only(*names: str) -> None:
    """Refuse a name that means nothing here, so that no filter is ever silently ignored."""
    for name in request.args:
        if name not in names and not name.startswith("_"):  # Browser extensions leave such names behind.
            raise BadRequest(f"This page knows nothing called {name[:60]!r}. It knows: {', '.join(names)}.")


def chosen(name: str, kind: type[Kind]) -> Kind | None:
    """The value of an enumeration; None when nothing is chosen. Raises BadRequest for one that does not exist."""
    value = request.args.get(name, "")
    if not value:
        return None
    known = {one.value: one for one in kind}
    if value not in known:
        raise unknown(name, value, known)
    return known[value]


def chosen_id(name: str, options: Iterable[tuple[int, str]], also: tuple[str, ...] = ()) -> int | str | None:
    """One of these ids, or one of the words in `also`; None when nothing is chosen. Raises BadRequest."""
    value = request.args.get(name, "")
    named = {str(id_): (id_, label) for id_, label in options}
    if not value or value in also:
        return value or None
    if value not in named:
        allowed = [*also, *(f"{id_} ({label})" for id_, label in named.values())]
        raise unknown(name, value, allowed)
    return named[value][0]


def text() -> str:
    """The words looked for; raises BadRequest for too many of them."""
    found = request.args.get("text", "").strip()
    if len(found) > LONGEST_TEXT:
        raise BadRequest(f"The search text is too long. Use at most {LONGEST_TEXT} characters.")
    return found


def page_number() -> int:
    """The number of the page, counted from 1; raises BadRequest for anything else."""
    value = request.args.get("page", "1")
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= LAST_PAGE):
        raise BadRequest(f"There is no page {value[:40]!r}. Pages are numbered from 1.")
    return int(value)


def unknown(name: str, value: str, allowed: Iterable[str]) -> BadRequest:
    """The refusal of a value, with what may stand in its place."""
    choices = ", ".join(allowed) or "nothing yet"
    return BadRequest(f"The filter {name!r} cannot be {value[:60]!r}. It can be: {choices}.")
