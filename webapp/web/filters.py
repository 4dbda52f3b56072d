"""The state of the shipments list, read from the query string and written back into links: the URL is the state.

Nothing in the query string is ignored: a name or a value that does not exist is refused with a list of what does.
Names that begin with an underscore are left to browsers and their extensions.
"""

from collections.abc import Container
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any, NoReturn
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries import filters
from webapp.queries.filters import Group
from webapp.queries.listing import search
from webapp.queries.listing.columns import COLUMNS_BY_KEY
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import PAGE_SIZES, SORT_KEYS, Place, Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import Scope
from webapp.services.preferences import Density, ListPreferences
from webapp.web.pagination import read_cursor, write_cursor

NEWEST_FIRST = Sort()
NAMES = (
    "view", "tab", "warehouse", "q", "sort", "cursor", "size", "columns", "density", "counts", "builder", "go",
)  # fmt: skip
"""`counts` asks for the counts with the page, `builder` for the filter builder beside the list, `go` for the one
shipment that a search means exactly; `view` names the saved view that the rest was opened from. The parameters of
the filter are named in webapp.queries.filters."""
_MOST_FILTERS = 100  # Twice as many parameters as a filter may have conditions; more are not even looked at.


@dataclass(frozen=True, kw_only=True)
class ListState:
    """What the list shows and how; `preferences` are what the person sees where the URL says nothing.

    With `view` the address says everything, so that it means the same to everyone. `names_tab` keeps the tab in
    the address where it is the ordinary one: the bare address may lead to the person's default view.
    `gone_columns` are those the address of a view names and the list does not have any more.
    """

    preferences: ListPreferences
    view: int | None = None
    names_tab: bool = False
    tab: Tab = Tab.ACTIVE
    warehouses: tuple[int, ...] = ()
    filter: Group = filters.NOTHING
    q: str = ""
    sort: Sort = NEWEST_FIRST
    place: Place | None = None
    size: int
    columns: tuple[str, ...]
    gone_columns: tuple[str, ...] = ()
    density: Density = Density.COMFORTABLE
    counts: bool = False
    builder: bool = False
    go: bool = False

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once, because all that is kept of a list is kept by its state."""
        return hash(tuple(getattr(self, field.name) for field in fields(self)))

    def criteria(self, scope: Scope) -> Criteria:
        """Which shipments these are, for rows and count alike."""
        return Criteria(
            scope=scope, tab=self.tab, warehouse_ids=frozenset(self.warehouses), filter=self.filter,
            search=search.parse(self.q),
        )  # fmt: skip

    def turned(self, **changes: Any) -> "ListState":
        """This list with something changed, from its first page and without what only one request asks for."""
        return replace(self, **({"place": None, "counts": False, "go": False, "gone_columns": ()} | changes))

    def values(self, **changes: Any) -> list[tuple[str, str]]:
        """The names and values of this list with something changed; only what differs from the ordinary."""
        state = self.turned(**changes)
        ordinary = state.preferences if state.view is None else None
        is_first_tab = state.tab is Tab.ACTIVE and not state.names_tab
        values = (
            ("view", "" if state.view is None else str(state.view)),
            ("tab", "" if is_first_tab else state.tab.value),
            ("warehouse", ",".join(map(str, state.warehouses))),
            ("q", state.q),
            (filters.TREE, filters.to_text(state.filter)),
            ("sort", "" if state.sort == NEWEST_FIRST else state.sort.text),
            ("size", "" if ordinary and state.size == ordinary.size else str(state.size)),
            ("columns", "" if ordinary and state.columns == ordinary.columns else ",".join(state.columns)),
            ("density", "" if ordinary and state.density is ordinary.density else state.density.value),
            ("cursor", write_cursor(state.place, state.sort) if state.place else ""),
            ("counts", "1" if state.counts else ""),
            ("builder", "1" if state.builder else ""),
        )
        return [(name, value) for name, value in values if value]

    def query(self, **changes: Any) -> str:
        """The same as a query string with its question mark, or "" for the ordinary list."""
        return _query(self, tuple(changes.items()))

    @property
    def narrows(self) -> bool:
        """Whether the person asked for less than the tab shows."""
        return bool(self.q or self.warehouses or self.filter.is_applied)


@lru_cache(maxsize=2048)
def _query(state: ListState, changes: tuple[tuple[str, Any], ...]) -> str:
    """Kept, because a page has some twenty links and people look at the same pages all day."""
    values = state.values(**dict(changes))
    return f"?{urlencode(values, safe=',')}" if values else ""


def read(args: MultiDict[str, str], preferences: ListPreferences, zone: ZoneInfo) -> ListState:
    """The list a query string asks for, its days those of `zone`; raises BadRequest for what does not exist.

    A filter is read with its broken parts, for showing; it is refused where it is to be run.
    """
    return _read(tuple(args.items(multi=True)), preferences, zone)


@lru_cache(maxsize=512)
def _read(named: tuple[tuple[str, str], ...], preferences: ListPreferences, zone: ZoneInfo) -> ListState:
    """Kept, because people look at the same lists all day, and every part of a page asks for the same."""
    args = MultiDict(named)
    _refuse_unknown_names(args)
    sort = _sort(args.get("sort", ""))
    cursor = args.get("cursor", "")
    view = _view(args.get("view", ""))
    columns, gone = _columns(args.get("columns", ""), may_be_gone=view is not None)
    return ListState(
        preferences=preferences,
        view=view,
        names_tab=args.get("tab") == Tab.ACTIVE,
        tab=_tab(args.get("tab", "")),
        warehouses=_warehouses(",".join(args.getlist("warehouse"))),
        filter=_filter(args, zone),
        q=" ".join(args.get("q", "").split()),
        sort=sort,
        place=read_cursor(cursor, sort) if cursor else None,
        size=_size(args.get("size", "")) or preferences.size,
        columns=columns or preferences.columns,
        gone_columns=gone,
        density=_density(args.get("density", "")) or preferences.density,
        counts=_flag("counts", args.get("counts", "")),
        builder=_flag("builder", args.get("builder", "")),
        go=_flag("go", args.get("go", "")),
    )


def unseen_warehouses(state: ListState, known: Container[int]) -> tuple[int, ...]:
    """The warehouses the list asks for that do not exist, or that the person does not see."""
    return tuple(id_ for id_ in state.warehouses if id_ not in known)


def check_warehouses(state: ListState, known: dict[int, str]) -> None:
    """Refuse a warehouse that does not exist or that the person does not see."""
    for id_ in unseen_warehouses(state, known):
        _refuse("warehouse", str(id_), [f"{known_id} ({name})" for known_id, name in known.items()])


def _refuse_unknown_names(args: MultiDict[str, str]) -> None:
    for name in args:
        if name.startswith(("_", "filter[")):
            continue
        known = (*NAMES, filters.TREE)
        if name not in known:
            raise BadRequest(f"The list knows nothing called {name[:60]!r}. It knows: {', '.join(known)}.")
        if name != "warehouse" and len(args.getlist(name)) > 1:
            raise BadRequest(f"The address names {name!r} more than once. Name it once.")


def _filter(args: MultiDict[str, str], zone: ZoneInfo) -> Group:
    flat = tuple((name, value) for name, value in args.items(multi=True) if name.startswith("filter["))
    if len(flat) > _MOST_FILTERS:
        raise BadRequest(f"The address has {len(flat)} filter parameters. Use at most {_MOST_FILTERS}.")
    return filters.read(args.get(filters.TREE, ""), flat, zone=zone)


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


def _columns(value: str, *, may_be_gone: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns there are, and those there are not any more; only a saved view may outlive its columns."""
    keys = tuple(dict.fromkeys(key for key in value.split(",") if key))
    gone = tuple(key for key in keys if key not in COLUMNS_BY_KEY)
    if gone and not may_be_gone:
        _refuse("column", gone[0], list(COLUMNS_BY_KEY))
    return tuple(key for key in keys if key in COLUMNS_BY_KEY), gone


def _density(value: str) -> Density | None:
    if value and value not in {density.value for density in Density}:
        _refuse("density", value, [density.value for density in Density])
    return Density(value) if value else None


def _view(value: str) -> int | None:
    if value and not _is_id(value):
        raise BadRequest(f"There is no view {value[:60]!r}. Views are given by their number.")
    return int(value) if value else None


def _warehouses(value: str) -> tuple[int, ...]:
    ids = [part.strip() for part in value.split(",") if part.strip()]
    for id_ in ids:
        if not _is_id(id_):
            raise BadRequest(f"There is no warehouse {id_[:60]!r}. Warehouses are given by their number.")
    return tuple(sorted({int(id_) for id_ in ids}))


def _is_id(value: str) -> bool:
    """Whether it is a number that an id can be; databases choke on longer ones."""
    return value.isascii() and value.isdecimal() and len(value) <= 18


def _flag(name: str, value: str) -> bool:
    if value not in {"", "1"}:
        _refuse(name, value, ["1"])
    return value == "1"


def _refuse(what: str, value: str, allowed: list[str]) -> NoReturn:
    choices = ", ".join(allowed) or "nothing"
    raise BadRequest(f"There is no {what} {value[:60]!r}. Choose one of: {choices}.")
