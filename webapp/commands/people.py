"""`flask user …`: the people who may sign in."""

import sys

import click
from flask.cli import AppGroup

from webapp.commands.answers import in_one_sentence
from webapp.extensions import db
from webapp.queries.accounts import PersonRecord, everyone
from webapp.services import accounts
from webapp.statuses import Role

people = AppGroup("user", help="Add, list, disable and enable the people who may sign in.")

_password_stdin = click.option(
    "--password-stdin",
    is_flag=True,
    required=True,
    help="Read the password from the first line of standard input.",
)


@people.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--display-name", default="", help="How the person is called on the pages.")
@click.option("--warehouse", "warehouses", multiple=True, help="Limit the person to this warehouse; repeatable.")
@_password_stdin
@in_one_sentence
def add(name: str, role: str, display_name: str, warehouses: tuple[str, ...], password_stdin: bool) -> None:  # noqa: ARG001 - required, so always given
    """Add a person who may sign in."""
    accounts.add(name, _password(), Role(role), display_name=display_name, warehouses=warehouses)
    db.session.commit()
    click.echo(f"{name} may now sign in as {Role(role).label.lower()}.")


@people.command("list")
@in_one_sentence
def list_() -> None:
    """List everyone with their role and warehouses."""
    everybody = everyone()
    width = max((len(person.username) for person in everybody), default=0)
    for person in everybody:
        click.echo(f"{person.username:<{width}}  {_described(person)}")


@people.command("disable")
@click.argument("name")
@in_one_sentence
def disable(name: str) -> None:
    """Bar a person from signing in and end their sessions."""
    accounts.disable(name)
    db.session.commit()
    click.echo(f"{name} cannot sign in any more and is signed out everywhere.")


@people.command("enable")
@click.argument("name")
@in_one_sentence
def enable(name: str) -> None:
    """Let a disabled person sign in again."""
    accounts.enable(name)
    db.session.commit()
    click.echo(f"{name} may sign in again.")


@people.command("password")
@click.argument("name")
@_password_stdin
@in_one_sentence
def password(name: str, password_stdin: bool) -> None:  # noqa: ARG001 - required, so always given
    """Give a person a new password and end their sessions."""
    accounts.set_password(name, _password())
    db.session.commit()
    click.echo(f"{name} has a new password and is signed out everywhere.")


def _password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _described(person: PersonRecord) -> str:
    parts = [person.role.label, person.display_name]
    if person.warehouses is not None:
        parts.append(f"only {', '.join(person.warehouses) or 'no warehouse'}")
    if not person.is_active:
        parts.append("disabled")
    return ", ".join(parts)
