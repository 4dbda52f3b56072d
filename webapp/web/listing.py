"""What the list page shows around its rows: tabs, headings with sort links, chips, pages; all from one state."""

from dataclasses import dataclass, replace
from functools import cached_property

from webapp.queries.fulfillments import Page
from webapp.queries.listing.columns import ATTENTION, COLUMNS_BY_KEY, NUMBER, Column
from webapp.queries.listing.keyset import PAGE_SIZES, Sort
from webapp.queries.listing.search import Search, parse
from webapp.queries.listing.tabs import Tab
from webapp.web.filters import ListState


@dataclass(frozen=True)
class Link:
    """A tab or a page size, and whether it is the one shown."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    """One thing that narrows the list, in words, with the way to take it off.

    Taking the search off loads the whole page, because the search box stands in its header.
    """

    name: str
    value: str
    url: str
    is_search: bool = False


@dataclass(frozen=True)
class Heading:
    """The head of one column; `sorted` is how the list is sorted by it now, in the words of aria-sort."""

    column: Column
    url: str | None
    sorted: str | None


@dataclass(frozen=True)
class Listing:
    """The list page of one state; `path` is the address that every link of it begins with."""

    state: ListState
    path: str
    page: Page
    warehouses: dict[int, str]

    @property
    def columns(self) -> list[Column]:
        """The columns shown after the row's tools, in order."""
        chosen = [COLUMNS_BY_KEY[key] for key in self.state.columns]
        return [NUMBER, *([ATTENTION] if self.state.tab is Tab.ATTENTION else []), *chosen]

    @cached_property
    def search(self) -> Search | None:
        return parse(self.state.q)

    @property
    def tabs(self) -> list[Link]:
        return [Link(tab.label, self._to(tab=tab), tab is self.state.tab) for tab in Tab]

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

    @property
    def chips(self) -> list[Chip]:
        found = [Chip("Search", f"“{self.state.q}”", self._to(q=""), is_search=True)] if self.state.q else []
        if self.state.warehouses:
            names = " or ".join(self.warehouses[id_] for id_ in self.state.warehouses)
            found.append(Chip("Warehouse", f"is {names}", self._to(warehouses=())))
        return found

    @property
    def sizes(self) -> list[tuple[int, str, bool]]:
        return [(size, self._to(size=size), size == self.state.size) for size in PAGE_SIZES]

    @property
    def caption(self) -> str:
        """What the table holds, in words, for those who hear it."""
        sort = self.state.sort
        by = next((column.label for column in self.columns if column.sort == sort.key), sort.key.replace("_", " "))
        return f"{self.state.tab.label} shipments, by {by}, {'descending' if sort.descending else 'ascending'}"

    @property
    def previous_url(self) -> str | None:
        return self._to(place=self.page.before) if self.page.before else None

    @property
    def next_url(self) -> str | None:
        return self._to(place=self.page.after) if self.page.after else None

    @property
    def first_url(self) -> str:
        return self._to()

    @property
    def clear_url(self) -> str:
        """The same tab without anything that narrows it."""
        return self._to(q="", warehouses=())

    @property
    def everywhere_url(self) -> str:
        """The same search among all shipments."""
        return self._to(tab=Tab.ALL, warehouses=())

    @property
    def count_url(self) -> str:
        """The counts of this list; sort, page and columns make no difference to them."""
        preferences = self.state.preferences
        same = self.state.query(sort=Sort(), size=preferences.size, columns=preferences.columns)
        return f"{self.path}/count{same}"

    @property
    def counted_url(self) -> str:
        """This page with its counts, for those without scripts."""
        return self._to(place=self.state.place, counts=True)

    @property
    def columns_url(self) -> str:
        return f"{self.path}/columns{self.state.query()}"

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """The hidden fields with which the warehouse form keeps the rest of the state."""
        return self.state.values(warehouses=())

    def _heading(self, column: Column) -> Heading:
        if column.sort is None:
            return Heading(column, None, None)
        now = self.state.sort
        if now.key != column.sort:
            return Heading(column, self._to(sort=Sort(column.sort, column.starts_high)), None)
        turned = replace(now, descending=not now.descending)
        return Heading(column, self._to(sort=turned), "descending" if now.descending else "ascending")

    def _to(self, **changes: object) -> str:
        return f"{self.path}{self.state.query(**changes)}"
