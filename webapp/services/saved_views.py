"""Saved views: keep, change, copy and delete them. A view is changed by its owner alone.

What a view keeps is plain JSON that these services do not look into; webapp.web.saved_views reads and writes it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from webapp.errors import Conflict, Forbidden, NotFound, Refused
from webapp.extensions import db
from webapp.models import SavedView, User
from webapp.schema import now
from webapp.services import export_schedules_clock, idempotency
from webapp.services.actors import Actor
from webapp.statuses import Role

NAME_LENGTH = 80  # As the table has it.
_SHARING_ROLES = frozenset({Role.SUPERVISOR, Role.ADMIN})

State = Mapping[str, Any]

log = structlog.get_logger()


class NameTaken(Refused):
    """The owner has another view of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You have a view called “{name}” already. Choose another name.")


class Stale(Conflict):
    """The view has another version than the one the change was made from; `version` is the present one."""

    def __init__(self, view: SavedView) -> None:
        super().__init__(f"The view “{view.name}” was changed while you had it open, so nothing was saved.")
        self.version: int = view.version
        self.name: str = view.name
        self.updated_at: datetime = view.updated_at


def can_share(role: Role) -> bool:
    """Whether people of this role may show a view to everyone, and take away a shared one of somebody else."""
    return role in _SHARING_ROLES


def create(name: str, state: State, *, is_shared: bool, key: str | None, actor: Actor, may_share: bool) -> int:
    """Keep a new view and return its id. Raises NameTaken, and Forbidden for sharing without the right to."""
    asked = {"name": name, "state": state, "is_shared": is_shared}
    first = idempotency.claim(_id_of(actor), key, "create_saved_view", asked)
    if first is not None:
        return int(first["view_id"])
    _check_sharing(wanted=is_shared, may_share=may_share)
    taken = _names_of_locked(actor)
    if name in taken:
        raise NameTaken(name)
    view_id = _add(name, state, is_shared=is_shared, actor=actor)
    idempotency.remember(_id_of(actor), key, {"view_id": view_id})
    return view_id


def save(view_id: int, state: State, *, version: int, actor: Actor) -> None:
    """Let the view keep this state from now on. Raises Stale unless it holds it already."""
    view = _own_locked(view_id, actor)
    if view.state == state:
        return  # A double click on Save, or someone made the same change before.
    _check_version(view, version)
    view.state = dict(state)
    _changed(view)


def edit(view_id: int, name: str, *, is_shared: bool, version: int, actor: Actor, may_share: bool) -> None:
    """Rename, share or withdraw a view. Raises NameTaken, Stale, and Forbidden as `create` does."""
    taken = _names_of_locked(actor)
    view = _own_locked(view_id, actor)
    if (view.name, view.is_shared) == (name, is_shared):
        return
    _check_version(view, version)
    _check_sharing(wanted=is_shared and not view.is_shared, may_share=may_share)
    if name != view.name and name in taken:
        raise NameTaken(name)
    view.name, view.is_shared = name, is_shared
    _changed(view)


def duplicate(view_id: int, *, key: str | None, actor: Actor) -> int:
    """Copy a view the person sees into a personal one of theirs and return its id."""
    first = idempotency.claim(_id_of(actor), key, "duplicate_saved_view", {"view_id": view_id})
    if first is not None:
        return int(first["view_id"])
    taken = _names_of_locked(actor)
    view = visible(view_id, actor)
    copied = _add(_copy_name(view.name, taken), view.state, is_shared=False, actor=actor)
    idempotency.remember(_id_of(actor), key, {"view_id": copied})
    return copied


def delete(view_id: int, *, actor: Actor, may_share: bool) -> str:
    """Delete one's own view, or a shared one with the right to; returns its name. Who started with it does not."""
    view = visible(view_id, actor)
    if view.owner_id != _id_of(actor) and not may_share:
        raise Forbidden("Only its owner, a supervisor or an administrator deletes a shared view.")
    name, owner_id = view.name, view.owner_id
    export_schedules_clock.stop_those_of(view)
    db.session.delete(view)
    log.info("saved_view_deleted", view_id=view_id, owner_id=owner_id, actor_id=_id_of(actor))
    return name


def visible(view_id: int, actor: Actor) -> SavedView:
    """The view, locked, if the person sees it. Raises NotFound."""
    seen = sa.or_(SavedView.owner_id == _id_of(actor), SavedView.is_shared)
    return _locked(sa.select(SavedView).where(SavedView.id == view_id, seen))


def _id_of(actor: Actor) -> int:
    if actor.user_id is None:
        raise ValueError("Views belong to people.")
    return actor.user_id


def _own_locked(view_id: int, actor: Actor) -> SavedView:
    return _locked(sa.select(SavedView).where(SavedView.id == view_id, SavedView.owner_id == _id_of(actor)))


def _locked(statement: sa.Select[SavedView]) -> SavedView:
    view = db.session.scalar(statement.with_for_update(), execution_options={"populate_existing": True})
    if view is None:
        raise NotFound("There is no such view, or it is not yours.")
    return view


def lock(actor: Actor) -> None:
    """Let the person's changes to their views happen one after the other; it comes before any lock of a view."""
    # Without key_share it would wait for every row just added that names the person, such as an idempotency key.
    db.session.execute(sa.select(User.id).where(User.id == _id_of(actor)).with_for_update(key_share=True))


def _names_of_locked(actor: Actor) -> set[str]:
    """The names the person uses, none of which another request takes or frees meanwhile."""
    lock(actor)
    return set(db.session.scalars(sa.select(SavedView.name).where(SavedView.owner_id == _id_of(actor))))


def _add(name: str, state: State, *, is_shared: bool, actor: Actor) -> int:
    view = SavedView(owner_id=_id_of(actor), name=name, is_shared=is_shared, state=dict(state))
    db.session.add(view)
    db.session.flush()
    return view.id


def _copy_name(name: str, taken: set[str]) -> str:
    """The first of "Late copy", "Late copy 2", "Late copy 3" … that is free."""
    number = 1
    while True:
        ending = " copy" if number == 1 else f" copy {number}"
        wanted = name[: NAME_LENGTH - len(ending)].rstrip() + ending
        if wanted not in taken:
            return wanted
        number += 1


def _changed(view: SavedView) -> None:
    view.version += 1
    view.updated_at = now()


def _check_version(view: SavedView, version: int) -> None:
    if view.version != version:
        raise Stale(view)


def _check_sharing(*, wanted: bool, may_share: bool) -> None:
    if wanted and not may_share:
        raise Forbidden("Only supervisors and administrators share views. Keep it as a personal one.")
