"""`flask verify data`: ask the database whether it keeps every rule of the domain."""

import sys

import click
from flask.cli import AppGroup

from webapp.commands.answers import in_one_sentence
from webapp.queries.invariant_rules import RULES
from webapp.queries.invariants import violations_of
from webapp.services.loading.progress import Progress

verify = AppGroup("verify", help="Check what must always be true.")


@verify.command("data")
@in_one_sentence
def data() -> None:
    """Print every broken rule and exit with 1; about a minute for a million shipments."""
    progress = Progress("Checking rules:", len(RULES))
    broken = []
    for rule in RULES:
        progress.stage(f"Checking {rule.name} …")
        broken += violations_of(rule)
        progress.advance()
    progress.finish()
    for violation in broken:
        click.echo(str(violation))
    if broken:
        sys.exit(1)
    click.echo(f"All {len(RULES)} rules hold.")
