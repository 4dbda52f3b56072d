"""How Alembic runs our migrations: inside the application, in one transaction, on SQLite and PostgreSQL alike."""

from alembic import context
from flask import current_app

target = current_app.extensions["migrate"].db
BY_HAND = (
    "fulfillment_search_fts",
    "ix_fulfillment_search_texts_trigrams",
    "sales_order_fts",
    "ix_sales_orders_trigrams",
    "ix_sales_order_tags_lower_tag",
    "ix_sales_orders_lower_order_number",
    "ix_fulfillments_lower_fulfillment_number",
    "ix_fulfillments_lower_tracking_number",
)


def is_modelled(_object: object, name: str | None, *_rest: object) -> bool:
    """Whether the models describe this table or index; these differ between the databases and are made by hand."""
    return not (name or "").startswith(BY_HAND)


def run() -> None:
    """Apply the migrations over the application's own engine, so that its connection rules hold here too."""
    with target.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            include_object=is_modelled,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
