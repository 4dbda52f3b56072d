"""What every template may use: the person, the navigation, asset addresses, the theme."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for

from webapp.extensions import settings
from webapp.statuses import Permission
from webapp.web import static_files
from webapp.web.sessions import current_person

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class NavigationItem:
    """One link of the header."""

    label: str
    url: str
    is_current: bool


_ITEMS = (
    ("Shipments", "fulfillments.index", "/fulfillments", Permission.BROWSE),
    ("Runs", "runs.index", "/runs", Permission.BROWSE),
    ("Providers", "providers.index", "/providers", Permission.SEE_PROVIDERS),
)


def install(app: Flask) -> None:
    """Add the context processor and the asset function."""
    app.context_processor(_context)
    app.jinja_env.globals["asset"] = asset


def asset(path: str) -> str:
    """The address of a static file with its content in the query, so that browsers may keep it for good."""
    return _asset_address(request.script_root, path)


@lru_cache(maxsize=256)
def _asset_address(root: str, path: str) -> str:
    folder = str(current_app.static_folder)
    return f"{root}{current_app.static_url_path}/{static_files.address(folder, path)}"


def navigation() -> list[NavigationItem]:
    """The header's links this person may follow."""
    person = current_person()
    if person is None:
        return []
    return [
        NavigationItem(label, url_for(endpoint), request.path.startswith(prefix))
        for label, endpoint, prefix, permission in _ITEMS
        if person.can(permission)
    ]


def theme() -> str:
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def _context() -> dict[str, Any]:
    return {
        "current_person": current_person(),
        "navigation": navigation(),
        "practice_mode": settings().is_practice,
        "theme": theme(),
        "search_text": request.args.get("q", ""),
    }
