"""What must always be true of the data (the rules of the domain), asked of the whole database in sets.

Each rule is one statement that finds the rows that break it, so that a million shipments take about a minute.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from webapp.extensions import db
from webapp.queries.invariant_rules import RULES, Rule

SHOWN_PER_RULE = 20  # Enough to see a pattern; a broken rule seldom breaks in one place only.


@dataclass(frozen=True)
class Violation:
    """One row that breaks a rule: which rule, which row, and what is wrong with it in figures."""

    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.message}"


def violations(*, only: str | None = None, shown_per_rule: int = SHOWN_PER_RULE) -> list[Violation]:
    """Every rule that is broken, with its first rows; an empty list means that the data is sound.

    `only` names a single rule. Sees what the current transaction sees.
    """
    rules = [rule for rule in RULES if only is None or rule.name == only]
    if not rules:
        raise LookupError(f"There is no rule {only!r}. Rules: {', '.join(rule.name for rule in RULES)}.")
    return [found for rule in rules for found in violations_of(rule, shown_per_rule)]


def violations_of(rule: Rule, shown: int = SHOWN_PER_RULE) -> list[Violation]:
    """The first rows that break this rule."""
    rows = db.session.execute(sa.text(f"{rule.statement} LIMIT :shown"), {"shown": shown}).mappings()
    return [Violation(rule.name, rule.subject.format(**row), rule.message.format(**row)) for row in rows]
