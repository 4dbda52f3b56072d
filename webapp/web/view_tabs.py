"""The tabs of the list: the built-in ones, one's own views and those of others; and what was changed in them."""

from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo

from webapp.queries.listing.tabs import Tab
from webapp.queries.saved_views import View, Views
from webapp.web.filters import ListState
from webapp.web.listing import Link
from webapp.web.saved_views import is_as_saved, is_ordinary, left, query_of


@dataclass(frozen=True)
class ViewTab:
    """A saved view as a tab."""

    view: View
    url: str
    is_current: bool


@dataclass(frozen=True)
class ViewTabs:
    """The tabs above one list, as one person sees them; links begin with `path`."""

    state: ListState
    path: str
    views: Views
    zone: ZoneInfo

    @property
    def built_in(self) -> list[Link]:
        """Without a view, a tab keeps what narrows the list; out of a view, it leads to the ordinary list."""
        state = self.state
        if state.view is not None:
            return [Link(tab.label, self._built_in_url(tab), is_current=False) for tab in Tab]
        return [Link(tab.label, self.path + state.query(tab=tab), tab is state.tab) for tab in Tab]

    @property
    def saved(self) -> list[ViewTab]:
        shown = self.state.view
        return [ViewTab(view, self._url_of(view), view.id == shown) for view in self.views.each]

    @cached_property
    def current(self) -> View | None:
        """The view the list was opened from, if the person sees it."""
        return self.views.of_id(self.state.view) if self.state.view is not None else None

    @property
    def is_unsaved(self) -> bool:
        """Whether the list comes by a link to a view that is not there, or not for this person."""
        return self.state.view is not None and self.current is None

    @cached_property
    def is_changed(self) -> bool:
        """Whether there is something to save, or to discard."""
        if self.current:
            return not is_as_saved(self.state, self.current, self.zone)
        return self.state.view is not None or not is_ordinary(self.state)

    @property
    def may_save(self) -> bool:
        return self.current is not None and self.current.is_mine

    @property
    def here_url(self) -> str:
        return self.path + self.state.query()

    @property
    def discard_url(self) -> str:
        """The view as it was saved."""
        return self._url_of(self.current) if self.current else ""

    @property
    def as_address(self) -> str:
        """The list as it stands, for the forms that save it."""
        return self.state.query()

    def _url_of(self, view: View) -> str:
        return self.path + query_of(view)

    def _built_in_url(self, tab: Tab) -> str:
        return self.path + left(self.state, self.state.preferences).query(tab=tab)


def reachable(state: ListState, views: Views) -> ListState:
    """The same list, its links naming the tab where the bare address leads to a view."""
    return replace(state, names_tab=True) if views.start else state
