"""Which view a person, or everyone with a role, starts with."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.database import is_sqlite
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import DefaultView
from webapp.services.actors import Actor
from webapp.services.saved_views import lock, visible
from webapp.statuses import Role


def start_with(view_id: int | None, *, actor: Actor) -> None:
    """Let the person start with this view; with None, as their role does. Raises NotFound."""
    if view_id is None:
        db.session.execute(sa.delete(DefaultView).where(DefaultView.user_id == actor.user_id))
        return
    lock(actor)
    visible(view_id, actor)
    _put(view_id, "user_id", actor.user_id)


def let_role_start_with(view_id: int | None, role: Role, *, actor: Actor) -> None:
    """Let a role start with this shared view; with None, with the ordinary list. Raises NotFound, Refused."""
    if view_id is None:
        db.session.execute(sa.delete(DefaultView).where(DefaultView.role == role.value))
        return
    if not visible(view_id, actor).is_shared:
        raise Refused("Only a shared view can be what a role starts with. Share it first.")
    _put(view_id, "role", role.value)


def _put(view_id: int, who: str, value: int | str | None) -> None:
    insert = sqlite.insert if is_sqlite(db.session()) else postgresql.insert
    statement = insert(DefaultView).values({"saved_view_id": view_id, who: value})
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[who], set_={"saved_view_id": statement.excluded.saved_view_id}
        )
    )
