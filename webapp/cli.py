"""The flask commands; each group lives in its own module under webapp.commands."""

from flask import Flask

from webapp.commands import importing, people, providers, search, seed, up, verify


def register(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(people.people)
    app.cli.add_command(importing.importing)
    app.cli.add_command(providers.providers)
    app.cli.add_command(search.search)
    app.cli.add_command(seed.command)
    app.cli.add_command(up.command)
    app.cli.add_command(verify.verify)
