"""The state of the shipments list, read from the query string and written back into links: the URL is the state.

Nothing in the query string is ignored: a name or a value that does not exist is refused with a list of what does.
Names that begin with an underscore are left to browsers and their extensions.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries.listing import search
from webapp.queries.listing.columns import COLUMNS_BY_KEY
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import PAGE_SIZES, SORT_KEYS, Place, Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope
from webapp.services.preferences import ListPreferences
from webapp.web.pagination import read_cursor, write_cursor

NEWEST_FIRST = Sort()
NAMES = ("tab", "warehouse", "q", "sort", "cursor", "size", "columns", "counts", "go")
"""`counts` asks for the counts with the page, `go` for the shipment itself where a search means exactly one."""


@dataclass(frozen=True, kw_only=True)
class ListState:
    """What the list shows and how; `preferences` are what the person sees where the URL says nothing."""

    preferences: ListPreferences
    tab: Tab = Tab.ACTIVE
    warehouses: tuple[int, ...] = ()
    q: str = ""
    sort: Sort = NEWEST_FIRST
    place: Place | None = None
    size: int
    columns: tuple[str, ...]
    counts: bool = False
    go: bool = False

    def criteria(self, scope: Scope) -> Criteria:
        """Which shipments these are, for rows and count alike."""
        return Criteria(
            scope=scope, tab=self.tab, warehouse_ids=frozenset(self.warehouses), search=search.parse(self.q)
        )

    def turned(self, **changes: Any) -> "ListState":
        """This list with something changed, from its first page and without what only one request asks for."""
        return replace(self, **({"place": None, "counts": False, "go": False} | changes))

    def values(self, **changes: Any) -> list[tuple[str, str]]:
        """The names and values of this list with something changed; only what differs from the ordinary."""
        state = self.turned(**changes)
        values = (
            ("tab", "" if state.tab is Tab.ACTIVE else state.tab.value),
            ("warehouse", ",".join(map(str, state.warehouses))),
            ("q", state.q),
            ("sort", "" if state.sort == NEWEST_FIRST else state.sort.text),
            ("size", "" if state.size == state.preferences.size else str(state.size)),
            ("columns", "" if state.columns == state.preferences.columns else ",".join(state.columns)),
            ("cursor", write_cursor(state.place, state.sort) if state.place else ""),
            ("counts", "1" if state.counts else ""),
        )
        return [(name, value) for name, value in values if value]

    def query(self, **changes: Any) -> str:
        """The same as a query string with its question mark, or "" for the ordinary list."""
        return _query(self, tuple(changes.items()))

    @property
    def narrows(self) -> bool:
        """Whether the person asked for less than the tab shows."""
        return bool(self.q or self.warehouses)


@lru_cache(maxsize=2048)
def _query(state: ListState, changes: tuple[tuple[str, Any], ...]) -> str:
    """Kept, because a page has some twenty links and people look at the same pages all day."""
    values = state.values(**dict(changes))
    return f"?{urlencode(values, safe=',')}" if values else ""


def read(args: MultiDict[str, str], preferences: ListPreferences) -> ListState:
    """The list a query string asks for; raises BadRequest for what does not exist."""
    _refuse_unknown_names(args)
    sort = _sort(args.get("sort", ""))
    cursor = args.get("cursor", "")
    return ListState(
        preferences=preferences,
        tab=_tab(args.get("tab", "")),
        warehouses=_warehouses(",".join(args.getlist("warehouse"))),
        q=" ".join(args.get("q", "").split()),
        sort=sort,
        place=read_cursor(cursor, sort) if cursor else None,
        size=_size(args.get("size", "")) or preferences.size,
        columns=_columns(args.get("columns", "")) or preferences.columns,
        counts=_flag("counts", args.get("counts", "")),
        go=_flag("go", args.get("go", "")),
    )


def check_warehouses(state: ListState, known: dict[int, str]) -> None:
    """Refuse a warehouse that does not exist or that the person does not see."""
    for id_ in state.warehouses:
        if id_ not in known:
            _refuse("warehouse", str(id_), [f"{known_id} ({name})" for known_id, name in known.items()])


def _refuse_unknown_names(args: MultiDict[str, str]) -> None:
    for name in args:
        if name.startswith("_"):
            continue
        if name not in NAMES:
            raise BadRequest(f"The list knows nothing called {name[:60]!r}. It knows: {', '.join(NAMES)}.")
        if name != "warehouse" and len(args.getlist(name)) > 1:
            raise BadRequest(f"The address names {name!r} more than once. Name it once.")


def _tab(value: str) -> Tab:
    if value and value not in {tab.value for tab in Tab}:
        _refuse("tab", value, [tab.value for tab in Tab])
    return Tab(value or Tab.ACTIVE)


def _sort(value: str) -> Sort:
    key = value.removeprefix("-")
    if not value:
        return NEWEST_FIRST
    if key not in SORT_KEYS:
        _refuse("sort", value, [*SORT_KEYS, *(f"-{known}" for known in SORT_KEYS)])
    return Sort(key, descending=value.startswith("-"))


def _size(value: str) -> int | None:
    if value and value not in {str(size) for size in PAGE_SIZES}:
        _refuse("size", value, [str(size) for size in PAGE_SIZES])
    return int(value) if value else None


def _columns(value: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(key for key in value.split(",") if key))
    for key in keys:
        if key not in COLUMNS_BY_KEY:
            _refuse("column", key, list(COLUMNS_BY_KEY))
    return keys


def _warehouses(value: str) -> tuple[int, ...]:
    ids = [part.strip() for part in value.split(",") if part.strip()]
    for id_ in ids:
        # Longer numbers are no ids, and databases choke on them.
        if not (id_.isascii() and id_.isdecimal() and len(id_) <= 18):
            raise BadRequest(f"There is no warehouse {id_[:60]!r}. Warehouses are given by their number.")
    return tuple(sorted({int(id_) for id_ in ids}))


def _flag(name: str, value: str) -> bool:
    if value not in {"", "1"}:
        _refuse(name, value, ["1"])
    return value == "1"


def _refuse(what: str, value: str, allowed: list[str]) -> NoReturn:
    choices = ", ".join(allowed) or "nothing"
    raise BadRequest(f"There is no {what} {value[:60]!r}. Choose one of: {choices}.")
