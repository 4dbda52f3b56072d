"""What every template may use: the person, the header with its navigation, asset addresses, the theme."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, session, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from webapp.extensions import settings
from webapp.queries.accounts import Person
from webapp.queries.listing.tabs import Tab
from webapp.statuses import Permission
from webapp.web import static_files
from webapp.web.kept import kept_for
from webapp.web.sessions import current_person

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class NavigationItem:
    """One link of the header."""

    label: str
    url: str
    is_current: bool
    badge: str = ""


@dataclass(frozen=True)
class Header:
    """All that the header of a page shows; `here` is the label of the item the page belongs to."""

    person: Person | None
    csrf_token: str
    theme: str
    search_text: str
    here: str

    @property
    def navigation(self) -> list[NavigationItem]:
        """The links this person may follow."""
        items = [item for item in _items() if self.person and self.person.can(item.permission)]
        return [NavigationItem(one.label, one.url(), one.label == self.here, one.badge) for one in items]


@dataclass(frozen=True)
class _Item:
    """A link of the header, and the pages it stands for."""

    label: str
    endpoint: str
    prefixes: tuple[str, ...]
    permission: Permission
    tab: Tab | None = None
    badge: str = ""

    def url(self) -> str:
        return url_for(self.endpoint) + (f"?tab={self.tab.value}" if self.tab else "")

    def leads_here(self) -> bool:
        wanted = self.tab is None or request.args.get("tab") == self.tab.value
        return wanted and request.path.startswith(self.prefixes)


# What needs attention is a tab of the shipments; its number comes with the tray.
_ITEMS = (
    _Item("Shipments", "fulfillments.index", ("/fulfillments", "/views"), Permission.BROWSE),
    _Item(
        Tab.ATTENTION.label, "fulfillments.index", ("/fulfillments", "/views"), Permission.BROWSE,
        tab=Tab.ATTENTION, badge="attention-count",
    ),
    _Item("Runs", "runs.index", ("/runs",), Permission.BROWSE),
    _Item("Providers", "providers.index", ("/providers",), Permission.SEE_PROVIDERS),
)  # fmt: skip
_PRACTICE = _Item("Practice", "sandbox.index", ("/sandbox",), Permission.MANAGE_PROVIDERS)


def _items() -> tuple[_Item, ...]:
    """The panel of the practice providers has no page in production."""
    return _ITEMS if settings().is_production else (*_ITEMS, _PRACTICE)


def install(app: Flask) -> None:
    """Add the context processor and the functions that templates call where they need them."""
    app.context_processor(_context)
    app.jinja_env.globals.update(asset=asset, page_header=page_header, theme=theme)


def asset(path: str) -> str:
    """The address of a static file with its content in the query, so that browsers may keep it for good."""
    return _asset_address(request.script_root, path)


@lru_cache(maxsize=256)
def _asset_address(root: str, path: str) -> str:
    folder = str(current_app.static_folder)
    return f"{root}{current_app.static_url_path}/{static_files.address(folder, path)}"


def page_header() -> Markup:
    """The header of this page, written once for each person and place."""
    person = current_person()
    here = [item.label for item in _items() if item.leads_here()]
    return kept_for(
        "_layout/header.html",
        header=Header(
            person=person,
            csrf_token=csrf_token() if person else "",
            theme=theme(),
            search_text=request.args.get("q", ""),
            here=here[-1] if here else "",
        ),
    )


def csrf_token() -> str:
    """The token for the forms of this page, signed once for a session: it holds as long as the session does."""
    known = session.get("csrf_token")
    return _signed(str(current_app.secret_key), known) if known else str(generate_csrf())


@lru_cache(maxsize=1024)
def _signed(_key: str, _known: str) -> str:
    return str(generate_csrf())


def theme() -> str:
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def _context() -> dict[str, Any]:
    return {
        "csrf_token": csrf_token,
        "current_person": current_person(),
        "practice_mode": settings().is_practice,
    }
