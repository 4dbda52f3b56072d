"""The rules behind webapp.queries.invariants: each a statement that selects what breaks it, and the words for it.

The statements use only what SQLite and PostgreSQL share, and aggregate before they join, so that each reads its
tables once. Shipments that are not voided are called live: they hold their units.
"""

from webapp.queries.invariant_rules.budgets import BUDGETS
from webapp.queries.invariant_rules.rule import Rule
from webapp.queries.invariant_rules.shipments import SHIPMENTS
from webapp.queries.invariant_rules.stock import STOCK

__all__ = ["RULES", "Rule"]

RULES = (*STOCK, *BUDGETS, *SHIPMENTS)
