"""Questions about saved views: which ones a person sees, and with which they and each role start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.extensions import db
from webapp.models import DefaultView, SavedView, User
from webapp.queries.accounts import Person
from webapp.queries.prepared import Prepared
from webapp.statuses import Role


@dataclass(frozen=True, kw_only=True)
class View:
    """A saved view as one person sees it; `state` is what it keeps of a list, in plain JSON."""

    id: int
    name: str
    owner_name: str
    is_mine: bool
    is_shared: bool
    is_my_start: bool
    is_role_start: bool
    version: int
    updated_at: datetime
    state: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Views:
    """The views a person sees: their own by name, then those that others share, by name."""

    each: tuple[View, ...] = ()

    @property
    def start(self) -> View | None:
        """The view that the bare address leads to: the person's own choice, or else that of their role."""
        mine = next((view for view in self.each if view.is_my_start), None)
        return mine or next((view for view in self.each if view.is_role_start), None)

    def of_id(self, view_id: int | None) -> View | None:
        """The view with this id, if the person sees it."""
        return next((view for view in self.each if view.id == view_id), None)


NO_VIEWS = Views()
_MINE, _OF_ROLE = aliased(DefaultView), aliased(DefaultView)
_ME = sa.bindparam("me", type_=SavedView.owner_id.type)

# Put together once, because every page of the list asks it.
_VISIBLE = Prepared(
    sa.select(
        SavedView.id,
        SavedView.name,
        User.display_name.label("owner_name"),
        (SavedView.owner_id == _ME).label("is_mine"),
        SavedView.is_shared,
        _MINE.id.is_not(None).label("is_my_start"),
        sa.and_(_OF_ROLE.id.is_not(None), SavedView.is_shared).label("is_role_start"),
        SavedView.version,
        SavedView.updated_at,
        SavedView.state,
    )
    .join(User, User.id == SavedView.owner_id)
    .join(_MINE, sa.and_(_MINE.saved_view_id == SavedView.id, _MINE.user_id == _ME), isouter=True)
    .join(
        _OF_ROLE,
        sa.and_(_OF_ROLE.saved_view_id == SavedView.id, _OF_ROLE.role == sa.bindparam("role", type_=sa.String())),
        isouter=True,
    )
    .where(sa.or_(SavedView.owner_id == _ME, SavedView.is_shared))
)


def visible_to(person: Person) -> Views:
    """The person's own views and all shared ones, in one statement."""
    rows = _VISIBLE.named(db.session.connection(), me=person.id, role=person.role.value)
    views = [View(**row._asdict()) for row in rows]
    return Views(tuple(sorted(views, key=lambda view: (not view.is_mine, view.name.casefold(), view.id))))


def role_starts() -> dict[Role, int]:
    """The shared view that each role starts with, for the roles that have one."""
    rows = db.session.execute(
        sa.select(DefaultView.role, DefaultView.saved_view_id)
        .join(SavedView, SavedView.id == DefaultView.saved_view_id)
        .where(DefaultView.role.is_not(None), SavedView.is_shared)
    )
    return {Role(role): view_id for role, view_id in rows if role}
