"""As much of GraphQL as playing a provider takes: one operation, its arguments, only the fields asked for.

Source of the grammar: spec.graphql.org, section 2. A document with fragments, directives or aliases is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r'\s*,?\s*(?:(?P<mark>[{}():!\[\]=$])|(?P<word>[A-Za-z_]\w*)|(?P<number>-?\d+)|(?P<text>"[^"\\]*"))'
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class GraphQLError(ValueError):
    """The document, or what it asks for, is refused; the text is what the caller is told."""


@dataclass(frozen=True)
class Field:
    """One field of a selection, with its arguments as given and what is asked of it; () for a plain value."""

    name: str
    arguments: dict[str, Any]
    fields: tuple["Field", ...]


@dataclass(frozen=True)
class Operation:
    """What was asked: `kind` is query or mutation, `root` its one field."""

    kind: str
    name: str
    root: Field


def parse(document: str, variables: dict[str, Any]) -> Operation:
    """The document's one operation with its variables put in. Raises GraphQLError."""
    return _Parser(document, variables).operation()


def cost_of(fields: tuple[Field, ...]) -> int:
    """Credits: one for every object that may be returned, as the length of a page times what is in it."""
    total = 0
    for field in fields:
        if field.fields:
            first = field.arguments.get("first")
            inside = cost_of(field.fields)
            total += inside if first is None else first * (1 + inside)
    return total


def objects_in(answer: Any) -> int:
    """How many objects an answer holds, which is what a query costs that was reserved for whole pages."""
    if isinstance(answer, dict):
        return 1 + sum(objects_in(value) for value in answer.values())
    return sum(objects_in(value) for value in answer) if isinstance(answer, list) else 0


def select(value: Any, fields: tuple[Field, ...], path: str) -> Any:
    """Only what was asked for. Raises GraphQLError for a field that is not there, as a schema would."""
    if value is None or not fields:
        return value
    if isinstance(value, list):
        return [select(item, fields, path) for item in value]
    for field in fields:
        if field.name not in value:
            raise GraphQLError(f'Cannot query field "{field.name}" on "{path}".')
    return {field.name: select(_paged(value[field.name], field), field.fields, field.name) for field in fields}


def _paged(value: Any, field: Field) -> Any:
    """A list of objects asked for as a connection becomes one page of it; the cursor is a place in the list."""
    if (
        not isinstance(value, list)
        or {each.name for each in field.fields} & {"edges", "nodes", "pageInfo"} == set()
    ):
        return value
    start = int(field.arguments.get("after") or 0)
    end = start + int(field.arguments.get("first") or 10)
    return {
        "pageInfo": {"hasNextPage": end < len(value), "endCursor": str(min(end, len(value)))},
        "edges": [{"node": node} for node in value[start:end]],
        "nodes": value[start:end],
    }


class _Parser:
    def __init__(self, document: str, variables: dict[str, Any]) -> None:
        self._tokens = list(_tokens(document))
        self._place = 0
        self._variables = variables

    def operation(self) -> Operation:
        kind = self._take()
        if kind not in ("query", "mutation"):
            raise GraphQLError(f'Syntax Error: Unexpected Name "{kind}".')
        name = self._take() if self._next() not in ("{", "(") else ""
        if self._next() == "(":
            self._declarations()
        fields = self._selection()
        if self._next() or len(fields) != 1:
            raise GraphQLError("Syntax Error: the sandbox takes one operation with one field.")
        return Operation(kind, name, fields[0])

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, expected: str = "") -> str:
        token = self._next()
        if not token or (expected and token != expected):
            raise GraphQLError(f'Syntax Error: Expected "{expected}", found "{token or "<EOF>"}".')
        self._place += 1
        return token

    def _declarations(self) -> None:
        """`($id: String!, …)`: a variable with “!” must have been given."""
        self._take("(")
        while self._next() != ")":
            self._take("$")
            name = self._take()
            self._take(":")
            kind = self._take()
            if self._next() == "!":
                self._take()
                if self._variables.get(name) is None:
                    raise GraphQLError(f'Variable "${name}" of required type "{kind}!" was not provided.')
        self._take(")")

    def _selection(self) -> tuple[Field, ...]:
        fields = []
        self._take("{")
        while self._next() != "}":
            fields.append(self._field())
        self._take("}")
        return tuple(fields)

    def _field(self) -> Field:
        name = self._take()
        if not name.isidentifier():
            raise GraphQLError(f'Syntax Error: Expected Name, found "{name}".')
        arguments = self._arguments() if self._next() == "(" else {}
        return Field(name, arguments, self._selection() if self._next() == "{" else ())

    def _arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        self._take("(")
        while self._next() != ")":
            name = self._take()
            self._take(":")
            if self._next() == "$":
                self._take()
                variable = self._take()
                if variable in self._variables:
                    arguments[name] = self._variables[variable]
            else:
                arguments[name] = _literal(self._take())
        self._take(")")
        return arguments


def _literal(token: str) -> Any:
    if token.startswith('"'):
        return token[1:-1]
    return _CONSTANTS[token] if token in _CONSTANTS else int(token)


def _tokens(document: str) -> Iterator[str]:
    place, end = 0, len(document.rstrip())
    while place < end:
        found = _TOKEN.match(document, place)
        if found is None:
            raise GraphQLError(f"Syntax Error: Unexpected character at {place}.")
        yield found[0].strip().lstrip(",").strip()
        place = found.end()
