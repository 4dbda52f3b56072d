"""What every table shares: the declarative base, the column types for money and instants, value checks."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, object_session
from sqlalchemy.types import TypeDecorator

from webapp.choices import Choice

MONEY_PLACES = 4
_MONEY_SCALE = 10**MONEY_PLACES

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The declarative base of every table."""

    metadata = sa.MetaData(naming_convention=NAMING)


class Money(TypeDecorator[Decimal]):
    """An exact amount with four decimal places; SQLite, which has no decimals, keeps it as ten-thousandths."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(14, MONEY_PLACES))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return int((Decimal(value) * _MONEY_SCALE).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-MONEY_PLACES) if dialect.name == "sqlite" else value

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002 - the base class names them
        return self


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, always aware; a naive datetime is refused rather than guessed."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return _utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else _utc(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """For SQLite the text that SQLAlchemy writes too, in a quarter of the time; a void writes nine of them."""
        return _as_sqlite_stores if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone. Instants are stored in UTC.")
    return moment.astimezone(UTC)


def _as_sqlite_stores(moment: datetime | None) -> str | None:
    return None if moment is None else _utc(moment).isoformat(" ", "microseconds")[:26]


JSON = sa.JSON().with_variant(JSONB(), "postgresql")
Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts only INTEGER primary keys up by itself.
HIGHEST_ID = 2**63 - 1
"""What a key column holds at most; an address may carry more digits."""


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def one_of(column: str, choices: Iterable[Choice]) -> sa.CheckConstraint:
    """A check that a column holds one of the values of an enumeration."""
    values = ", ".join(f"'{choice.value}'" for choice in choices)
    return sa.CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


def append_only(model: type[Base]) -> None:
    """Let the session refuse to change or delete a row of this model; the database's triggers refuse it too."""

    def refuse(_mapper: Any, _connection: Any, row: Base) -> None:
        session = object_session(row)
        if session is None or row in session.deleted or session.is_modified(row):
            raise RuntimeError(f"Rows of {model.__tablename__} are never changed or deleted.")

    sa.event.listen(model, "before_update", refuse)
    sa.event.listen(model, "before_delete", refuse)
