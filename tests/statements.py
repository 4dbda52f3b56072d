"""Counts the SQL statements that a block sends, so that a page can be held to a fixed number of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

# What the drivers and the pool say among themselves is not the page's doing.
_HOUSEKEEPING = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET ", "SHOW ")


class Statements(list[str]):
    """The statements in the order they were sent; printed in full when an assertion on them fails."""

    def __repr__(self) -> str:
        return f"{len(self)} statements:\n" + "\n".join(" ".join(one.split())[:300] for one in self)

    def touching(self, table: str) -> list[str]:
        """Those that name this table."""
        return [one for one in self if table in one]


@contextmanager
def statements() -> Iterator[Statements]:
    """Collect every statement any engine sends while the block lasts: `with statements() as sent: …`.

    `assert len(sent) <= 6, sent` shows what was sent when there were more.
    """
    sent = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(_HOUSEKEEPING):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
