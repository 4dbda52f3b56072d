"""People and their sessions: add, change, disable, sign in, sign out."""

import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import User, UserSession, UserWarehouse, Warehouse
from webapp.queries.accounts import token_hash
from webapp.schema import now
from webapp.statuses import Role

PASSWORD_LENGTH = 8  # The least that OWASP ASVS 5.0 asks for (6.2.1).
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class NewSession:
    """The token for the cookie; only its hash is stored."""

    token: str
    user_id: int


def sign_in(username: str, password: str, *, address: str, user_agent: str) -> NewSession | None:
    """Open a session when the password is right and the person is active; None otherwise.

    An unknown name costs as much time as a wrong password, so that names cannot be found out.
    """
    user = db.session.scalar(sa.select(User).where(User.username == username.strip().lower()))
    if not _matches(user.password_hash if user else _NOBODY, password) or user is None or not user.is_active:
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    token = secrets.token_urlsafe(32)
    db.session.add(
        UserSession(
            token_hash=token_hash(token), user_id=user.id, address=address[:60], user_agent=user_agent[:255]
        )
    )
    return NewSession(token, user.id)


def sign_out(token: str) -> None:
    """End this session; ending it twice is the same as once."""
    db.session.execute(sa.delete(UserSession).where(UserSession.token_hash == token_hash(token)))


def sign_out_everywhere(user_id: int) -> int:
    """End all sessions of a person; returns how many there were."""
    gone = db.session.scalars(
        sa.delete(UserSession).where(UserSession.user_id == user_id).returning(UserSession.user_id)
    )
    return len(gone.all())


def touch_session(token: str) -> None:
    """Note that the session is in use. Commits by itself, apart from what the request does."""
    with db.engine.begin() as connection:
        connection.execute(
            sa.update(UserSession).where(UserSession.token_hash == token_hash(token)).values(last_seen_at=now())
        )


def add(
    username: str, password: str, role: Role, *, display_name: str = "", warehouses: tuple[str, ...] = ()
) -> int:
    """Add a person and return their id; raises Refused for a taken name or a short password."""
    name = username.strip().lower()
    if not name:
        raise Refused("A user name is needed.")
    if db.session.scalar(sa.select(User.id).where(User.username == name)):
        raise Refused(f"There is already a person with the user name {name!r}.")
    user = User(
        username=name,
        display_name=display_name or username.strip(),
        password_hash=_hashed(password),
        role=role.value,
        limited_to_warehouses=bool(warehouses),
    )
    db.session.add(user)
    db.session.flush()
    allowed = [_warehouse_id(warehouse) for warehouse in warehouses]
    db.session.add_all(UserWarehouse(user_id=user.id, warehouse_id=warehouse) for warehouse in allowed)
    return user.id


def change_password(username: str, password: str) -> None:
    """Give a person a new password and end their sessions; raises NotFound or Refused."""
    user = _user(username)
    user.password_hash = _hashed(password)
    sign_out_everywhere(user.id)


def disable(username: str) -> None:
    """Bar a person from signing in and end their sessions; raises NotFound."""
    user = _user(username)
    user.is_active = False
    sign_out_everywhere(user.id)


def _user(username: str) -> User:
    user = db.session.scalar(sa.select(User).where(User.username == username.strip().lower()))
    if user is None:
        raise NotFound(f"There is no person with the user name {username!r}.")
    return user


def _warehouse_id(name: str) -> int:
    found = db.session.scalar(sa.select(Warehouse.id).where(Warehouse.name == name))
    if found is None:
        known = ", ".join(db.session.scalars(sa.select(Warehouse.name).order_by(Warehouse.name))) or "none yet"
        raise NotFound(f"There is no warehouse {name!r}. Known warehouses: {known}.")
    return found


def _hashed(password: str) -> str:
    if len(password) < PASSWORD_LENGTH:
        raise Refused(f"The password is too short. Use at least {PASSWORD_LENGTH} characters.")
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
