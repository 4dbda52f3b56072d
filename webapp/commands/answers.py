"""How a command that cannot go on says so: one sentence on stderr and exit status 1."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.errors import AppError

Parameters = ParamSpec("Parameters")


def in_one_sentence(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Run the command inside the application; turn a refusal or an absent database into one sentence."""

    @with_appcontext
    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except AppError as error:
            raise click.ClickException(error.message) from None
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(
                "The database does not answer, is in use by another program, or its tables are missing. "
                f"Check DATABASE_URL and run: flask --app wsgi db upgrade ({str(error.orig).splitlines()[0]})"
            ) from None

    return run
