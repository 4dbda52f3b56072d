"""`flask search …`: the indexes that make searching quick."""

import click
from flask.cli import AppGroup

from webapp.commands.answers import in_one_sentence
from webapp.extensions import db
from webapp.services import search_indexes

search = AppGroup("search", help="Look after the indexes behind the search box and the filters.")


@search.command("index")
@in_one_sentence
def index() -> None:
    """Make the indexes that a migration could not make because PostgreSQL had no pg_trgm."""
    made = search_indexes.make_missing()
    db.session.commit()
    click.echo(f"Made {' and '.join(made)}." if made else "Nothing is missing.")
