"""What the list page shows around its rows: headings with sort links, chips, pages; all from one state."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from webapp.queries import filters
from webapp.queries.filters import FilterProblem, Group
from webapp.queries.fulfillments import Page
from webapp.queries.listing.columns import ATTENTION, COLUMNS_BY_KEY, NUMBER, Column
from webapp.queries.listing.keyset import PAGE_SIZES, Place, Sort
from webapp.queries.listing.search import Search, parse
from webapp.queries.listing.tabs import Tab
from webapp.schema import now
from webapp.web import formatting
from webapp.web.filters import ListState, unseen_warehouses


@dataclass(frozen=True)
class Link:
    """A tab or a page size, and whether it is the one shown."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    """One thing that narrows the list, in words, with the way to take it off.

    `problems` say why it cannot be used. Taking the search off loads the whole page, because the search box stands
    in its header.
    """

    words: str
    url: str
    is_search: bool = False
    is_off: bool = False
    problems: tuple[FilterProblem, ...] = ()


@dataclass(frozen=True)
class Heading:
    """The head of one column; `sorted` is how the list is sorted by it now, in the words of aria-sort."""

    column: Column
    url: str | None
    sorted: str | None


@dataclass(frozen=True)
class Refusal:
    """Why a list was not run: its filter is broken (`reasons` has each place), or it would take too long."""

    title: str
    message: str
    status: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What stands around the rows of a list, the same on each of its pages; links begin with `path`."""

    state: ListState
    path: str
    warehouses: tuple[tuple[int, str], ...]

    @property
    def columns(self) -> list[Column]:
        """The columns shown after the row's tools, in order."""
        chosen = [COLUMNS_BY_KEY[key] for key in self.state.columns]
        return [NUMBER, *([ATTENTION] if self.state.tab is Tab.ATTENTION else []), *chosen]

    @property
    def offers_steps(self) -> bool:
        """Whether its rows show what can be done about them."""
        return self.state.tab is Tab.ATTENTION

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

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
    def kept_fields(self) -> list[tuple[str, str]]:
        """The hidden fields with which the warehouse form keeps the rest of the state."""
        return self.state.values(warehouses=())

    @property
    def clear_url(self) -> str:
        """The same tab without anything that narrows it."""
        return self._to(q="", warehouses=(), filter=filters.NOTHING)

    @property
    def builder_url(self) -> str:
        """This page with the filter builder open beside it."""
        return self._to(place=self.state.place, builder=True)

    @property
    def condition_count(self) -> int:
        """How many conditions are at work; those switched off are not."""
        return sum(1 for _ in self.state.filter.parts(applied_only=True))

    @property
    def count_url(self) -> str:
        """The counts of this list; sort, page and columns make no difference to them."""
        preferences = self.state.preferences
        same = self.state.query(
            view=None, sort=Sort(), size=preferences.size, columns=preferences.columns,
            density=preferences.density, builder=False,
        )  # fmt: skip
        return f"{self.path}/count{same}"

    @property
    def counted_url(self) -> str:
        """This page with its counts, for those without scripts."""
        return self._to(place=self.state.place, counts=True)

    @property
    def columns_url(self) -> str:
        return f"{self.path}/columns{self.state.query()}"

    @property
    def export_url(self) -> str:
        """The dialog for exporting this list, or this page of it."""
        return f"{self.path}/export{self.state.query(place=self.state.place)}"

    @property
    def export_selection_url(self) -> str:
        """The same for rows that are selected."""
        return f"{self.path}/export/selection{self.state.query(place=self.state.place)}"

    @property
    def slips_url(self) -> str:
        """Where the packing slips of selected rows are printed."""
        return f"{self.path}/packing-slips{self.state.query()}"

    @property
    def search(self) -> Search | None:
        return parse(self.state.q)

    @property
    def has_chips(self) -> bool:
        """Whether anything narrows it, be it switched off or broken."""
        return bool(self.state.q or self.state.warehouses or self.state.filter.children)

    @property
    def chips(self) -> list[Chip]:
        found = [Chip(f"Search: “{self.state.q}”", self._to(q=""), is_search=True)] if self.state.q else []
        if self.state.warehouses:
            found.append(self._warehouse_chip())
        return [*found, *self._filter_chips()]

    @property
    def unseen_warehouses(self) -> tuple[int, ...]:
        """Those a view asks for and the person does not see."""
        return unseen_warehouses(self.state, dict(self.warehouses))

    @property
    def seen_url(self) -> str:
        """The same without the warehouses the person does not see."""
        seen = tuple(id_ for id_ in self.state.warehouses if id_ not in self.unseen_warehouses)
        return self._to(warehouses=seen)

    def _heading(self, column: Column) -> Heading:
        if column.sort is None:
            return Heading(column, None, None)
        current = self.state.sort
        if current.key != column.sort:
            return Heading(column, self._to(sort=Sort(column.sort, column.starts_high)), None)
        turned = replace(current, descending=not current.descending)
        return Heading(column, self._to(sort=turned), "descending" if current.descending else "ascending")

    def _warehouse_chip(self) -> Chip:
        names = [name for id_, name in self.warehouses if id_ in self.state.warehouses]
        unseen = self.unseen_warehouses
        words = f"Warehouse is {' or '.join([*names, *(f'number {id_}' for id_ in unseen)])}"
        if not unseen:
            return Chip(words, self._to(warehouses=()))
        reason = "It names a warehouse that does not exist, or that you do not see."
        return Chip(words, self.seen_url, problems=(FilterProblem("warehouse", reason),))

    def _filter_chips(self) -> Iterator[Chip]:
        whole = self.state.filter
        each = whole.children if whole.conjunction == "and" else (whole,) if whole.children else ()
        for number, part in enumerate(each):
            rest = whole.without(number) if whole.conjunction == "and" else filters.NOTHING
            inside = Group("and", (part,))
            yield Chip(
                formatting.filter_in_words(part),
                self._to(filter=rest),
                is_off=not (inside.is_applied or inside.problems),
                problems=inside.problems,
            )

    def _to(self, **changes: object) -> str:
        return f"{self.path}{self.state.query(**changes)}"


@dataclass(frozen=True)
class Steps(Frame):
    """The ways on from one page of a list: to its neighbours, and to its first page in another size."""

    before: Place | None
    after: Place | None

    @property
    def previous_url(self) -> str | None:
        return self._to(place=self.before) if self.before else None

    @property
    def next_url(self) -> str | None:
        return self._to(place=self.after) if self.after else None


@dataclass(frozen=True)
class Listing(Frame):
    """One page of a list, or why it was not made."""

    page: Page
    refusal: Refusal | None = None

    @property
    def here(self) -> Frame:
        """What stands above this page alone."""
        return Frame(self.state, self.path, self.warehouses)

    @property
    def frame(self) -> Frame:
        """What stands around each page of this list."""
        return Frame(_turned(self.state), self.path, self.warehouses)

    @property
    def steps(self) -> Steps:
        return Steps(_turned(self.state), self.path, self.warehouses, self.page.before, self.page.after)

    @property
    def words_depend_on(self) -> tuple[str, int]:
        """What the words of a filter depend on beside it: who reads them, and when."""
        return formatting.locale(), int(now().timestamp()) // 60

    @property
    def first_url(self) -> str:
        return self._to()

    @property
    def is_of_all(self) -> bool:
        """Whether it is the tab with the shipments in any state."""
        return self.state.tab is Tab.ALL

    @property
    def everywhere_url(self) -> str:
        """The same search among all shipments."""
        return self._to(tab=Tab.ALL, warehouses=(), filter=filters.NOTHING)

    @property
    def all_tab_url(self) -> str:
        """The same conditions for shipments in any state."""
        return self._to(tab=Tab.ALL)


@lru_cache(maxsize=512)
def _turned(state: ListState) -> ListState:
    """The same object for the same list, which is found quickly among what is kept."""
    return state.turned()
