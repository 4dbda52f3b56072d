"""Questions about people: who holds this session, who is this name."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import User, UserSession, UserWarehouse
from webapp.queries.scope import Scope
from webapp.statuses import ROLE_PERMISSIONS, Permission, Role


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone who is signed in, as the rest of the program sees them."""

    id: int
    username: str
    display_name: str
    role: Role
    locale: str
    scope: Scope
    preferences: dict[str, Any] = field(default_factory=dict, compare=False)

    def can(self, permission: Permission | str) -> bool:
        return Permission(permission) in ROLE_PERMISSIONS[self.role]

    @property
    def initials(self) -> str:
        words = self.display_name.split() or [self.username]
        return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper()


@dataclass(frozen=True)
class OpenSession:
    """A session row together with the person it belongs to."""

    person: Person
    created_at: datetime
    last_seen_at: datetime


def token_hash(token: str) -> str:
    """What the table holds of a session token, so that a stolen backup opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(token: str) -> OpenSession | None:
    """The session of this token with its person and warehouse limit, in one statement; None if there is none."""
    statement = (
        sa.select(
            UserSession.created_at,
            UserSession.last_seen_at,
            User.id,
            User.username,
            User.display_name,
            User.role,
            User.locale,
            User.preferences,
            User.limited_to_warehouses,
            UserWarehouse.warehouse_id,
        )
        .join(User, User.id == UserSession.user_id)
        .join(UserWarehouse, UserWarehouse.user_id == User.id, isouter=True)
        .where(UserSession.token_hash == token_hash(token), User.is_active)
    )
    rows = db.session.execute(statement).all()
    if not rows:
        return None
    first = rows[0]
    allowed = frozenset(row.warehouse_id for row in rows if row.warehouse_id is not None)
    person = Person(
        id=first.id,
        username=first.username,
        display_name=first.display_name,
        role=Role(first.role),
        locale=first.locale,
        scope=Scope(allowed if first.limited_to_warehouses else None),
        preferences=first.preferences,
    )
    return OpenSession(person, first.created_at, first.last_seen_at)
