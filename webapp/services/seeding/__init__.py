"""Practice data: a shop with shipments, orders, stock and history that keep every rule of the domain."""

from webapp.services.seeding.seed import Seeded, seed

__all__ = ["Seeded", "seed"]
