"""The addresses that pages name most, written straight from their rules.

Werkzeug looks for the rule that fits best, asks each converter, and quotes: a twelfth of the time of a shipment's
page, whose seventeen addresses differ in one number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.routing import Map

NOT_ASKED = frozenset({"_anchor", "_method", "_scheme", "_external"})
"""What flask.url_for says each time, as None unless the caller gave it."""
NUMBERED = re.compile(r"<int:(\w+)>")


@dataclass(frozen=True)
class Pattern:
    """A rule whose only variable parts are whole numbers: its text for str.format, and their names."""

    text: str
    names: frozenset[str]

    def fill(self, values: Mapping[str, object]) -> str | None:
        """The path of these values; None when others are given than the rule has, or one is no plain number."""
        given = 0
        for name, value in values.items():
            if value is None and name in NOT_ASKED:
                continue
            if name not in self.names or type(value) is not int or value < 0:  # True is a number to isinstance.
                return None
            given += 1
        return self.text.format_map(values) if given == len(self.names) else None


def patterns(rules: Map) -> dict[str, Pattern]:
    """The pattern of each endpoint that has one rule, without defaults, and only whole numbers in it."""
    found = {}
    for endpoint in {rule.endpoint for rule in rules.iter_rules()}:
        rule, *others = rules.iter_rules(endpoint)
        text = NUMBERED.sub(r"{\1}", rule.rule)
        if not others and not rule.defaults and not rule.alias and "<" not in text:
            found[str(endpoint)] = Pattern(text, frozenset(rule.arguments))
    return found
