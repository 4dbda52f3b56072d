"""`flask verify`: ask the database whether it keeps every rule of the domain, and whether history is untouched."""

import sys

import click
from flask.cli import AppGroup

from webapp.commands.answers import in_one_sentence
from webapp.queries.history_chains import broken_chains, count_rows
from webapp.queries.invariant_rules import RULES
from webapp.queries.invariants import violations_of
from webapp.services.loading.progress import Progress

SHOWN = 20  # Enough to see a pattern.

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


@verify.command("history")
@click.option(
    "--show", default=SHOWN, show_default=True, help="Print at most so many places.", type=click.IntRange(1)
)
@in_one_sentence
def history(show: int) -> None:
    """Make the hash of every history row again; print every place that does not fit and exit with 1."""
    rows = count_rows()
    progress = Progress("Checking history rows:", rows)
    count = 0
    for count, place in enumerate(broken_chains(progress.advance), start=1):
        if count <= show:
            progress.finish()
            click.echo(str(place))
    progress.finish()
    if count > show:
        click.echo(f"… and {count - show:,} more.")
    if count:
        sys.exit(1)
    click.echo(f"All {rows:,} history rows are as they were written.")
