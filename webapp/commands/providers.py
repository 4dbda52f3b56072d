"""`flask provider …`: the accounts at providers and sales channels."""

import click
from flask.cli import AppGroup

from webapp.commands.answers import in_one_sentence
from webapp.services import credential_rotation

providers = AppGroup("provider", help="Look after the accounts at providers and sales channels.")


@providers.command("rotate-keys")
@in_one_sentence
def rotate_keys() -> None:
    """Encrypt everything stored with the first of CREDENTIAL_KEYS; safe to break off and to run again."""
    rotation = credential_rotation.rotate()
    click.echo(f"{rotation.renewed} encrypted anew, {rotation.current} under the newest key already.")
    if rotation.unreadable:
        raise click.ClickException(
            f"No key reads the {', the '.join(rotation.unreadable)}. Add the key they were written with to "
            "CREDENTIAL_KEYS and run this again, or enter them again on the page of the account."
        )
    click.echo("Older keys may be taken out of CREDENTIAL_KEYS.")
