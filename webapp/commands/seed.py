"""`flask seed`: practice data for an empty database."""

import click

from webapp.commands.answers import in_one_sentence
from webapp.services.loading.progress import Progress
from webapp.services.seeding import seed


@click.command("seed")
@click.option("--fulfillments", type=click.IntRange(1, 20_000_000), required=True, help="How many shipments.")
@click.option("--random-seed", type=int, default=1, show_default=True, help="The same number, the same data.")
@in_one_sentence
def command(fulfillments: int, random_seed: int) -> None:
    """Fill an empty database with practice shipments and all that stands behind them."""
    progress = Progress("Seeding shipments:", fulfillments)
    seeded = seed(fulfillments=fulfillments, random_seed=random_seed, progress=progress)
    click.echo(f"{seeded.fulfillments:,} shipments of {seeded.sales_orders:,} orders are in the database.")
