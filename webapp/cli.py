"""The flask commands; each group lives in its own module under webapp.commands."""

from flask import Flask


def register(app: Flask) -> None:
    """Add every command to the application."""
