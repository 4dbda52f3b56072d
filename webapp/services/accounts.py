"""People and their sessions: add, change, disable, sign in, sign out."""

import re
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import User, UserSession, UserWarehouse, Warehouse
from webapp.queries.accounts import SessionLimits, credentials_of, token_hash
from webapp.schema import now
from webapp.services import passwords
from webapp.statuses import Role

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,79}")
DISPLAY_NAME_LENGTH = 120


class WrongPassword(Refused):
    """The current password was asked for, and this is not it."""


@dataclass(frozen=True)
class NewSession:
    """The token for the cookie; only its hash is stored."""

    token: str
    user_id: int


def sign_in(
    username: str, password: str, *, address: str, user_agent: str, limits: SessionLimits
) -> NewSession | None:
    """Open a session when the password is right and the person is active; None otherwise.

    An unknown name and a disabled person cost as much time as a wrong password, so that names cannot be found
    out. Sessions of the person that are over are swept out on the way.
    """
    name = _normal(username)
    held = credentials_of(name) if USERNAME.fullmatch(name) else None
    is_right = passwords.matches(held.password_hash if held else None, password)
    if held is None or not is_right or not held.is_active:
        return None
    if passwords.is_outdated(held.password_hash):
        _store_password(held.user_id, password)
    db.session.execute(
        sa.delete(UserSession).where(UserSession.user_id == held.user_id, sa.not_(limits.still_open()))
    )
    return open_session_for(held.user_id, address=address, user_agent=user_agent)


def open_session_for(user_id: int, *, address: str, user_agent: str) -> NewSession:
    """Open a session for someone who has just shown who they are."""
    token = secrets.token_urlsafe(32)
    row = UserSession(
        token_hash=token_hash(token), user_id=user_id, address=address[:60], user_agent=user_agent[:255]
    )
    db.session.add(row)
    return NewSession(token, user_id)


def sign_out(token: str) -> None:
    """End this session; ending it twice is the same as once."""
    db.session.execute(sa.delete(UserSession).where(UserSession.token_hash == token_hash(token)))


def sign_out_everywhere(user_id: int, *, except_token: str = "") -> int:
    """End the sessions of a person, but not the one of `except_token`; returns how many were ended."""
    ended = db.session.scalars(
        sa.delete(UserSession)
        .where(UserSession.user_id == user_id, UserSession.token_hash != token_hash(except_token))
        .returning(UserSession.user_id)
    )
    return len(ended.all())


def touch_session(token: str) -> None:
    """Note that the session is in use. Commits by itself, apart from what the request does."""
    with db.engine.begin() as connection:
        connection.execute(
            sa.update(UserSession).where(UserSession.token_hash == token_hash(token)).values(last_seen_at=now())
        )


def add(
    username: str, password: str, role: Role, *, display_name: str = "", warehouses: tuple[str, ...] = ()
) -> int:
    """Add a person and return their id; raises Refused for a bad or taken name or a weak password, NotFound for
    a warehouse that is not there.
    """
    name = _normal(username)
    if not USERNAME.fullmatch(name):
        raise Refused(f"The user name {username!r} cannot be used. Use up to 80 of a to z, digits and . _ @ + -.")
    if db.session.scalar(sa.select(User.id).where(User.username == name)):
        raise Refused(f"There is already a person with the user name {name!r}.")
    passwords.check(password, name)
    user = User(
        username=name,
        display_name=(display_name.strip() or username.strip())[:DISPLAY_NAME_LENGTH],
        password_hash=passwords.stored_form(password),
        role=role.value,
        limited_to_warehouses=bool(warehouses),
    )
    allowed = {_warehouse_id(warehouse) for warehouse in warehouses}
    db.session.add(user)
    db.session.flush()
    db.session.add_all(UserWarehouse(user_id=user.id, warehouse_id=warehouse) for warehouse in allowed)
    return user.id


def set_password(username: str, password: str) -> None:
    """Give a person a new password and end their sessions; raises NotFound or Refused."""
    user = _user(username)
    passwords.check(password, user.username)
    user.password_hash = passwords.stored_form(password)
    sign_out_everywhere(user.id)


def change_own_password(username: str, current: str, new: str) -> None:
    """Change a password for the person who knows the old one, and end all their sessions.

    Raises WrongPassword, or Refused for a new password that is too weak.
    """
    held = credentials_of(username)
    if held is None or not passwords.matches(held.password_hash, current):
        raise WrongPassword("This is not your current password.")
    passwords.check(new, username)
    _store_password(held.user_id, new)
    sign_out_everywhere(held.user_id)


def choose_locale(user_id: int, locale: str) -> None:
    """Write dates and numbers for this person as this locale does."""
    db.session.execute(sa.update(User).where(User.id == user_id).values(locale=locale))


def disable(username: str) -> None:
    """Bar a person from signing in and end their sessions; raises NotFound."""
    user = _user(username)
    user.is_active = False
    sign_out_everywhere(user.id)


def enable(username: str) -> None:
    """Let a person sign in again; raises NotFound."""
    _user(username).is_active = True


def _normal(username: str) -> str:
    return username.strip().lower()


def _user(username: str) -> User:
    user = db.session.scalar(sa.select(User).where(User.username == _normal(username)))
    if user is None:
        raise NotFound(f"There is no person with the user name {username!r}.")
    return user


def _warehouse_id(name: str) -> int:
    found = db.session.scalar(sa.select(Warehouse.id).where(Warehouse.name == name))
    if found is None:
        known = ", ".join(db.session.scalars(sa.select(Warehouse.name).order_by(Warehouse.name))) or "none yet"
        raise NotFound(f"There is no warehouse {name!r}. Known warehouses: {known}.")
    return found


def _store_password(user_id: int, password: str) -> None:
    db.session.execute(
        sa.update(User).where(User.id == user_id).values(password_hash=passwords.stored_form(password))
    )
