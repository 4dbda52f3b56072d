"""Core statements that are compiled once for each database, and from then on go to the driver as they are.

SQLAlchemy looks a statement up every time it runs, puts its parameters together and prepares its result. It takes
30 to 100 microseconds, when SQLite needs 5 to 50 for a short one. Worth preparing is what a void or a restore
consists of, on SQLite above all, where everybody waits for the transaction that writes, and the few statements
that are behind nearly every page.
"""

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from webapp.database import send
from webapp.queries.sets_of_ids import OF_ONE, Ids

_Convert = Callable[[Any], Any]
_NUMERIC = 1700
"""What PostgreSQL says a column of amounts is; its dialect asks for it, and for amounts alone."""


class Prepared:
    """A Core statement whose every value is a parameter named when it runs, or fixed where it is written.

    `columns` names those of an INSERT that come as parameters. Values, and the results of a SELECT, are converted
    by their types. What runs for a single id has a text of its own, which databases plan better than one of a set.
    """

    def __init__(self, statement: sa.Executable, columns: Collection[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._texts: dict[str, tuple[_Text, _Text]] = {}
        self._named: Callable[[Iterable[Any]], Any] | None = None

    def run(self, connection: Connection, **values: Any) -> None:
        """Execute it in the transaction of the connection."""
        text = self._text_for(connection.dialect, values)
        send(connection, text.sql, text.parameters(values))

    def run_many(self, connection: Connection, rows: Collection[Mapping[str, Any]]) -> None:
        """Execute it once for each of the rows, none of which holds a set; nothing is sent when there are none."""
        text = self._text_for(connection.dialect, {})
        parameters = [text.parameters(row) for row in rows]
        if len(parameters) == 1:
            send(connection, text.sql, parameters[0])
        elif parameters:
            send(connection, text.sql, parameters, many=True)

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Execute it and give every row, its values in the order in which they are selected."""
        text = self._text_for(connection.dialect, values)
        return [text.read(row) for row in send(connection, text.sql, text.parameters(values)).fetchall()]

    def named(self, connection: Connection, **values: Any) -> list[Any]:
        """The same rows as named tuples: each value has the name of its column or label."""
        if self._named is None:
            keys = self._statement.selected_columns.keys()  # type: ignore[attr-defined]
            self._named = namedtuple("Row", keys)._make  # type: ignore[attr-defined] # noqa: PYI024 - the names are known here alone
        return [self._named(row) for row in self.rows(connection, **values)]

    def _text_for(self, dialect: Dialect, values: Mapping[str, Any]) -> "_Text":
        texts = self._texts.get(dialect.name)
        if texts is None:
            texts = self._texts[dialect.name] = (
                _compiled(self._statement, self._columns, dialect, of_one=False),
                _compiled(self._statement, self._columns, dialect, of_one=True),
            )
        of_many, of_one = texts
        return of_one if all(len(values[name]) == 1 for name in of_many.sets) else of_many


@dataclass(frozen=True, slots=True)
class _Text:
    """What the driver is given, and how values become what it takes and what it returns become values."""

    sql: str
    template: list[Any] | dict[str, Any]
    """The parameters, in their order or by name as the driver takes them; those that are fixed are filled in."""
    slots: tuple[tuple[Any, str, _Convert | None], ...]
    """Where each value that is given goes, and how it is converted."""
    reads: tuple[tuple[int, _Convert], ...]
    sets: tuple[str, ...]
    """The parameters that are sets of ids."""

    def parameters(self, values: Mapping[str, Any]) -> Any:
        filled: Any = self.template.copy()
        for place, name, convert in self.slots:
            value = values[name]
            filled[place] = value if convert is None or value is None else convert(value)
        return filled

    def read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self.reads:
            return row
        values = list(row)
        for place, convert in self.reads:
            if values[place] is not None:
                values[place] = convert(values[place])
        return tuple(values)


def _compiled(statement: sa.Executable, columns: list[str], dialect: Dialect, *, of_one: bool) -> _Text:
    # An INSERT that is not meant for many rows asks for the id of its row.
    shape = {"column_keys": columns, "for_executemany": True} if columns else {}
    compiled: Any = statement.compile(  # type: ignore[attr-defined]
        dialect=dialect, compile_kwargs={OF_ONE: of_one}, **shape
    )
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError(f"A prepared statement names every column that has a default in Python: {compiled}")
    converts = {
        name: bound.type.dialect_impl(dialect).bind_processor(dialect) for name, bound in compiled.binds.items()
    }
    open_ = [name for name, bound in compiled.binds.items() if bound.required]
    # Lists with fixed values are written out once and for all.
    written = compiled.construct_expanded_state(dict.fromkeys(open_))
    named = {name: _stored(value, converts.get(name)) for name, value in written.parameters.items()}
    places = list(enumerate(written.positiontup)) if compiled.positional else [(name, name) for name in named]
    return _Text(
        sql=written.statement,
        template=[named[name] for _, name in places] if compiled.positional else named,
        slots=tuple((place, name, converts[name]) for place, name in places if name in open_),
        reads=_reads(statement, dialect),
        sets=tuple(name for name, bound in compiled.binds.items() if isinstance(bound.type, Ids)),
    )


def _stored(value: Any, convert: _Convert | None) -> Any:
    return value if convert is None or value is None else convert(value)


def _reads(statement: sa.Executable, dialect: Dialect) -> tuple[tuple[int, _Convert], ...]:
    selected = statement.selected_columns if isinstance(statement, sa.Select) else ()
    converts = [column.type.dialect_impl(dialect).result_processor(dialect, _NUMERIC) for column in selected]
    return tuple((place, convert) for place, convert in enumerate(converts) if convert is not None)
