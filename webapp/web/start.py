"""What is said when the pages start: what works, but not as well as it could."""

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.services import search_indexes

log = structlog.get_logger()


def warn(app: Flask) -> None:
    """Log what this database lacks. One that does not answer is no matter of this: /readyz says so."""
    with app.app_context():
        try:
            missing = search_indexes.missing()
        except SQLAlchemyError:
            return
        finally:
            db.session.remove()
            db.engine.dispose()  # A server that forks after this must not share the connection.
    if missing:
        log.warning(
            "search_indexes_missing",
            indexes=missing,
            cost="Each search, and each filter on the texts of orders, reads all rows.",
            remedy="Let an administrator run CREATE EXTENSION pg_trgm, then run: flask --app wsgi search index",
        )
