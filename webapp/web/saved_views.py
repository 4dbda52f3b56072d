"""What a saved view keeps of a list, and the address that shows the list of a view.

The address says everything the view keeps, so that a link shows the list as it was, whoever opens it and whatever
has become of the view. It is made of what was stored without a look at it: the list itself says what of it makes
no sense any more.
"""

import base64
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries import filters as language
from webapp.queries.saved_views import View
from webapp.services.preferences import ListPreferences
from webapp.web import filters
from webapp.web.filters import ListState

Stored = dict[str, Any]
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # As JSON writes it; a backslash that was typed is doubled.


def kept_of(state: ListState) -> Stored:
    """What a view keeps of a list, as plain JSON; the search and the page are not among it."""
    tree = language.to_json(state.filter) if state.filter.children else None
    return {
        "tab": state.tab.value,
        "warehouses": list(state.warehouses),
        # Amounts in broken parts are decimals, which JSON writes as texts, as the address does.
        "filter": json.loads(json.dumps(tree, default=str)),
        "sort": state.sort.text,
        "size": state.size,
        "columns": list(state.columns),
        "density": state.density.value,
    }


def can_be_stored(kept: Stored) -> bool:
    """Whether every text in it is one that both databases take; only broken parts may hold others."""
    text = json.dumps(kept, ensure_ascii=False)
    has_half_letters = any("\ud800" <= character <= "\udfff" for character in text)
    return not (has_half_letters or _NUL.search(text))


@lru_cache(maxsize=1024)
def query_of(view: View) -> str:
    """The query string that shows the list of this view."""
    return f"?{urlencode(_values(view), safe=',')}"


def is_as_saved(state: ListState, view: View, zone: ZoneInfo) -> bool:
    """Whether the list shows what the view keeps."""
    try:
        saved = filters.read(MultiDict(_values(view)), state.preferences, zone)
    except BadRequest:
        return False  # It keeps a tab or a sort that there is not any more.
    return kept_of(saved) == kept_of(state)


def is_ordinary(state: ListState) -> bool:
    """Whether a tab shows what it always does; how a person likes their lists makes no difference."""
    ordinary = ListState(
        preferences=state.preferences, tab=state.tab, size=state.size, columns=state.columns, density=state.density
    )
    return kept_of(ordinary) == kept_of(state)


def left(state: ListState, preferences: ListPreferences) -> ListState:
    """The list outside its view: the search stays, all else is as the person likes it."""
    return ListState(
        preferences=preferences,
        names_tab=state.names_tab,
        q=state.q,
        size=preferences.size,
        columns=preferences.columns,
        density=preferences.density,
    )


def _values(view: View) -> list[tuple[str, str]]:
    """The names and values of the address, as they were stored."""
    kept = view.state
    values = (
        ("view", str(view.id)),
        ("tab", str(kept.get("tab") or "")),
        ("warehouse", ",".join(map(str, kept.get("warehouses") or ()))),
        (language.TREE, _tree_text(kept.get("filter"))),
        ("sort", str(kept.get("sort") or "")),
        ("size", str(kept.get("size") or "")),
        ("columns", ",".join(kept.get("columns") or ())),
        ("density", str(kept.get("density") or "")),
    )
    return [(name, value) for name, value in values if value]


def _tree_text(tree: Any) -> str:
    """The tree as the address has it: see webapp.queries.filters.to_text, which takes only what was read."""
    if not tree:
        return ""
    text = json.dumps(tree, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
