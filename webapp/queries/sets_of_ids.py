"""Sets of ids as one bound value, so that a statement about one row and one about five hundred have the same text.

`column.in_(values)` is written anew for every number of values, which costs more than most of the statements here,
and drivers can prepare none of them. PostgreSQL takes an array; SQLite reads a JSON list.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator


class Ids(TypeDecorator[Collection[int]]):
    """Any number of ids in one value."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(sa.BigInteger()) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        ids = list(value or ())
        return ids if dialect.name == "postgresql" else str(ids)  # Which is JSON, as they are numbers.


class _OnlyId(TypeDecorator[Collection[int]]):
    """The id in a set of one."""

    impl = sa.BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002 - the base class names it.
        return _only


def _only(ids: Collection[int] | None) -> int | None:
    return None if ids is None else next(iter(ids))


OF_ONE = "of_one"
"""Given to the compiler, it lets every set be a set of one: `column = :ids`, which databases plan better."""


class _Among(GenericFunction[bool]):
    """Whether a column holds one of the ids of a bound value."""

    type = sa.Boolean()
    inherit_cache = True
    name = "among"

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - the base class names it.
        """Nothing around it: compared with 1, as SQLite gets its booleans, it would hide the column's index."""
        return self


def among(column: Any, name: str = "ids") -> sa.ColumnElement[bool]:
    """The condition that `column` holds one of the ids given as the value `name`; none are no row."""
    return _Among(column, sa.bindparam(name, type_=Ids()))


@compiles(_Among)
def _as_list(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = element.clauses
    if kw.get(OF_ONE):
        return _as_equal(column, ids, compiler, kw)
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(ids, **kw)}))"


@compiles(_Among, "postgresql")
def _as_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = element.clauses
    if kw.get(OF_ONE):
        return _as_equal(column, ids, compiler, kw)
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(ids, **kw)})"


def _as_equal(column: Any, ids: Any, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    only = sa.bindparam(ids.key, type_=_OnlyId())
    return f"{compiler.process(column, **kw)} = {compiler.process(only, **kw)}"
