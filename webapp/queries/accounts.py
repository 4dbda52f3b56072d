"""Questions about people: who holds this session, which sessions are open, who there is."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.database import reading_engine
from webapp.extensions import db
from webapp.models import User, UserSession, UserWarehouse, Warehouse
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope
from webapp.schema import Instant, now
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
    last_seen_at: datetime


@dataclass(frozen=True)
class SessionLimits:
    """A session ends when it was not used for `idle`, and `absolute` after sign-in in any case."""

    idle: timedelta
    absolute: timedelta

    def values(self) -> dict[str, datetime]:
        """The two moments that decide, as of now."""
        moment = now()
        return {"seen_after": moment - self.idle, "opened_after": moment - self.absolute}

    def still_open(self) -> sa.ColumnElement[bool]:
        """The condition that a session row meets while it counts."""
        return _still_open(**self.values())


def _still_open(seen_after: Any, opened_after: Any) -> sa.ColumnElement[bool]:
    return sa.and_(UserSession.last_seen_at > seen_after, UserSession.created_at > opened_after)


@dataclass(frozen=True)
class SessionRecord:
    """One signed-in browser of a person, for the list on their account page."""

    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    is_this_one: bool


@dataclass(frozen=True)
class Credentials:
    """What is needed to check a password."""

    user_id: int
    password_hash: str
    is_active: bool


@dataclass(frozen=True)
class PersonRecord:
    """A person in the administrator's list."""

    username: str
    display_name: str
    role: Role
    is_active: bool
    warehouses: tuple[str, ...] | None


def token_hash(token: str) -> str:
    """What the table holds of a session token, so that a stolen backup opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


# Put together once, because every request asks it.
_STILL_OPEN = _still_open(
    sa.bindparam("seen_after", type_=Instant()), sa.bindparam("opened_after", type_=Instant())
)
_OPEN_SESSION = Prepared(
    sa.select(
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
    .where(UserSession.token_hash == sa.bindparam("token_hash"), User.is_active, _STILL_OPEN)
)


def open_session(token: str, limits: SessionLimits) -> OpenSession | None:
    """The session of this token with its person and warehouse limit, in one statement; None when it is over."""
    values = {"token_hash": token_hash(token), **limits.values()}
    rows = _OPEN_SESSION.named(db.session.connection(), **values)
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
    return OpenSession(person, first.last_seen_at)


def credentials_of(username: str) -> Credentials | None:
    """What is needed to check this person's password; None for an unknown name.

    Read over a connection of its own: checking a password takes a while by design, and the request's
    transaction, which on SQLite holds the only write lock, must not wait for it.
    """
    statement = sa.select(User.id, User.password_hash, User.is_active).where(User.username == username)
    with reading_engine(db.engine).connect() as connection:
        row = connection.execute(statement).one_or_none()
    return Credentials(*row) if row else None


def sessions_of(user_id: int, token: str, limits: SessionLimits) -> list[SessionRecord]:
    """The open sessions of a person, the most recently used first; the one of `token` is marked."""
    statement = (
        sa.select(
            UserSession.address,
            UserSession.user_agent,
            UserSession.created_at,
            UserSession.last_seen_at,
            (UserSession.token_hash == token_hash(token)).label("is_this_one"),
        )
        .where(UserSession.user_id == user_id, limits.still_open())
        .order_by(UserSession.last_seen_at.desc(), UserSession.token_hash)
    )
    return [SessionRecord(*row) for row in db.session.execute(statement)]


def warehouse_names(scope: Scope) -> list[str]:
    """The names of the warehouses someone may see."""
    statement = sa.select(Warehouse.name).where(scope.limit(Warehouse.id)).order_by(Warehouse.name)
    return list(db.session.scalars(statement))


def everyone() -> list[PersonRecord]:
    """All people by user name, each with the warehouses they are limited to; None for no limit."""
    limits: dict[int, list[str]] = {}
    for user_id, name in db.session.execute(
        sa.select(UserWarehouse.user_id, Warehouse.name)
        .join(Warehouse, Warehouse.id == UserWarehouse.warehouse_id)
        .order_by(Warehouse.name)
    ):
        limits.setdefault(user_id, []).append(name)
    people = db.session.execute(
        sa.select(
            User.id, User.username, User.display_name, User.role, User.is_active, User.limited_to_warehouses
        ).order_by(User.username)
    )
    return [
        PersonRecord(
            username=row.username,
            display_name=row.display_name,
            role=Role(row.role),
            is_active=row.is_active,
            warehouses=tuple(limits.get(row.id, ())) if row.limited_to_warehouses else None,
        )
        for row in people
    ]


def active_person(user_id: int) -> Person | None:
    """This person as they are now, for work that is done later in their name; None once they may not sign in."""
    user = db.session.get(User, user_id)
    if user is None or not user.is_active:
        return None
    allowed = db.session.scalars(sa.select(UserWarehouse.warehouse_id).where(UserWarehouse.user_id == user_id))
    return Person(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=Role(user.role),
        locale=user.locale,
        scope=Scope(frozenset(allowed) if user.limited_to_warehouses else None),
        preferences=user.preferences,
    )
