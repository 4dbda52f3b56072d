"""Which indexes the database has, from its own catalogue: SQLAlchemy skips those over expressions on SQLite."""

import sqlalchemy as sa

from webapp.database import is_sqlite
from webapp.extensions import db


def index_names() -> list[str]:
    """The names of all indexes, sorted."""
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'index'"
        if is_sqlite(db.engine)
        else "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    )
    with db.engine.connect() as connection:
        return sorted(connection.scalars(sa.text(catalogue)))
