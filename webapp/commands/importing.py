"""`flask import shipments`: orders and shipments from a file; docs/import.md describes the format."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from webapp.commands.answers import in_one_sentence
from webapp.services.importing import Imported, import_shipments
from webapp.services.importing.refusals import Refusal
from webapp.services.loading.progress import Progress

importing = AppGroup("import", help="Take data in from files.")


@importing.command("shipments")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the refused rows to this file (.csv or .jsonl), to mend and import again.",
)
@in_one_sentence
def shipments(file: Path, dry_run: bool, rejects: Path | None) -> None:
    """Import shipments from FILE: CSV, XLSX or JSON Lines. Exits with 1 when anything was refused."""
    progress = Progress("Reading rows:", 0)

    def tell(refusal: Refusal) -> None:
        progress.finish()
        click.echo(refusal.sentence(file.name))

    outcome = import_shipments(file, dry_run=dry_run, rejects=rejects, tell=tell, progress=progress)
    click.echo(_summary(outcome, dry_run=dry_run))
    if outcome.orders_refused:
        if rejects is not None:
            click.echo(f"The refused rows are in {rejects}.")
        sys.exit(1)


def _summary(outcome: Imported, *, dry_run: bool) -> str:
    """The whole outcome in one sentence."""
    parts = [
        f"{outcome.orders_added:,} orders added",
        f"{outcome.orders_extended:,} extended",
        f"{outcome.orders_unchanged:,} unchanged",
        f"{outcome.orders_refused:,} refused ({outcome.rows_refused:,} rows)",
        f"{outcome.shipments_added:,} shipments added",
    ]
    begin = "Nothing was changed; this is what would happen: " if dry_run else ""
    return f"{begin}{outcome.rows:,} rows read, {', '.join(parts)}."
