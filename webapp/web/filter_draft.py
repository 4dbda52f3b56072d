"""A filter while it is being built: read from the form of the builder, changed a step at a time by its buttons.

The fields are named by what they are and where the entry stands in the tree: `column-0`, `operator-1.2`, `value-0`
(once for each value), `more-0` (values being typed, separated by commas), `off-0`, `conjunction-1`, `raw-2` for an
entry that cannot be shown in fields. `conjunction` alone is that of the whole filter.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.errors import BadRequest
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.filters.columns import Column, Type
from webapp.queries.filters.operators import Takes, operators_of
from webapp.queries.filters.problems import WrongValue
from webapp.queries.filters.values import split

Path = tuple[int, ...]
Raw = dict[str, Any]

FIRST_COLUMN = "status"
FIRST_OPERATORS = {
    Type.TEXT: "contains",
    Type.NUMBER: "is",
    Type.MONEY: "is",
    Type.DATETIME: "past_week",
    Type.CHOICE: "is_one_of",
    Type.YES_NO: "is",
}
"""What most people want of a column, chosen for them when they choose the column."""

_FIELD = re.compile(r"(column|conjunction|raw)-(\d{1,3}(?:\.\d{1,3}){0,9})", re.ASCII)
_PATH = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){0,9})?", re.ASCII)


def empty() -> Raw:
    """A filter to begin with: one condition to fill in."""
    return {"conjunction": "and", "children": [new_condition()]}


def new_condition() -> Raw:
    column = COLUMNS_BY_KEY[FIRST_COLUMN]
    body = {"column": column.key, "operator": FIRST_OPERATORS[column.type], "value": []}
    return {"type": "condition", "condition": body}


def read(form: MultiDict[str, str]) -> Raw:
    """The tree the fields stand for, as JSON, not checked. Raises BadRequest for fields the form never had."""
    entries: dict[Path, Raw] = {}
    for name in form:
        found = _FIELD.fullmatch(name)
        if found:
            entries[path_of(found[2])] = _entry(form, found[1], found[2])
    root = {"conjunction": form.get("conjunction", "and"), "children": []}
    for path in sorted(entries):
        parent = _children(entries, root, path[:-1])
        parent.append(entries[path])
    return root


def change(tree: Raw, action: str, where: str) -> None:
    """Do what a button says with the entry at a place. Raises BadRequest where there is no such one."""
    if action == "unvalue":
        where, _, number = where.rpartition(":")
        _drop_value(_entry_at(tree, path_of(where)), number)
        return
    path = path_of(where)
    if action in {"add", "group"}:
        inside = {"conjunction": "or", "children": [new_condition(), new_condition()]}
        added = new_condition() if action == "add" else {"type": "group", "group": inside}
        _group_at(tree, path).setdefault("children", []).append(added)
        return
    siblings, entry = _siblings(tree, path), _entry_at(tree, path)
    if action == "duplicate":
        siblings.insert(path[-1] + 1, json.loads(json.dumps(entry)))
    elif action == "switch":
        entry["off"] = entry.get("off") is not True
    elif action == "remove":
        del siblings[path[-1]]
        if not siblings and len(path) > 1:
            change(tree, "remove", where.rpartition(".")[0])
    else:
        raise BadRequest(f"The filter form has no button {action[:40]!r}. Load the page again.")


def next_focus(tree: Raw, action: str, where: str) -> str:
    """The id of the field where work goes on after a button: what it added, or what follows what it removed."""
    if action == "unvalue":
        return f"more-{where.rpartition(':')[0]}"
    if action == "switch":
        return f"switch-{where}"
    path = path_of(where)
    match action:
        case "duplicate":
            path = (*path[:-1], path[-1] + 1)
        case "add" | "group":
            path = (*path, len(_children_at(tree, path)) - 1)
    return _first_field(tree, path)


def _first_field(tree: Raw, path: Path) -> str:
    """The id of the first field of an entry; where there is none any more, of the button that adds one there."""
    group, number = path[:-1], path[-1]
    children = _children_at(tree, group)
    if group and not children:  # The group went with its last entry.
        return _first_field(tree, group)
    if number >= len(children):
        return f"add-{_name(group)}"
    kind = {"condition": "column", "group": "conjunction"}.get(str(children[number].get("type")), "remove")
    return f"{kind}-{_name(path)}"


def _children_at(tree: Raw, path: Path) -> list[Raw]:
    found = _list_of(tree)
    for number in path:
        found = _list_of(_inside(found[number])) if number < len(found) else []
    return found


def _name(path: Path) -> str:
    return ".".join(map(str, path))


def path_of(text: str) -> Path:
    """A place such as `1.0` as numbers; the whole filter is the empty one. Raises BadRequest."""
    if not _PATH.fullmatch(text):
        raise BadRequest(f"The filter form has no place {text[:40]!r}. Load the page again.")
    return tuple(int(part) for part in text.split(".")) if text else ()


def _entry(form: MultiDict[str, str], kind: str, place: str) -> Raw:
    if kind == "raw":
        return _raw_entry(form[f"raw-{place}"])
    body: Raw
    if kind == "conjunction":
        body = {"type": "group", "group": {"conjunction": form[f"conjunction-{place}"], "children": []}}
    else:
        body = {"type": "condition", "condition": _condition(form, place)}
    return body | {"off": True} if form.get(f"off-{place}") else body


def _raw_entry(text: str) -> Raw:
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    return found if isinstance(found, dict) else {"type": found}


def _condition(form: MultiDict[str, str], place: str) -> Raw:
    key, operator = form[f"column-{place}"], form.get(f"operator-{place}", "")
    column = COLUMNS_BY_KEY.get(key)
    if column is None:
        return {"column": key, "operator": operator, "value": form.getlist(f"value-{place}")}
    if form.get(f"was-{place}", key) != key:  # A value of the column before would mean nothing for this one.
        return {"column": key, "operator": FIRST_OPERATORS[column.type], "value": _first_value(column)}
    operators = operators_of(column)
    known = operators.get(operator)
    if known is None:
        return {"column": key, "operator": operator or FIRST_OPERATORS[column.type], "value": []}
    values = [*form.getlist(f"value-{place}"), *_more(form.get(f"more-{place}", ""))]
    return {"column": key, "operator": operator, **_value(known.takes, values)}


def _first_value(column: Column) -> Any:
    return "yes" if column.type is Type.YES_NO else []


def _more(text: str) -> list[str]:
    """Values typed or pasted into one box: separated by commas or, as from a spreadsheet, by lines."""
    try:
        return [value for line in text.splitlines() for value in split(line) if value]
    except WrongValue:
        return [text]


def _value(takes: Takes, values: list[str]) -> Raw:
    match takes:
        case Takes.NOTHING:
            return {}
        case Takes.TWO:
            return {"value": [*values, "", ""][:2]}
        case Takes.MANY:
            return {"value": list(dict.fromkeys(value for value in values if value))}
        case _:
            return {"value": next((value for value in values if value), "")}


def _drop_value(entry: Raw, number: str) -> None:
    inside = entry.get("condition")
    values = inside.get("value") if isinstance(inside, dict) else None
    if not (isinstance(values, list) and number.isascii() and number.isdecimal() and int(number) < len(values)):
        raise BadRequest("The filter form has no such value. Load the page again.")
    del values[int(number)]


def _children(entries: dict[Path, Raw], root: Raw, path: Path) -> list[Raw]:
    group = _inside(entries.get(path)) if path else root
    if not isinstance(group, dict) or not isinstance(group.get("children"), list):
        raise BadRequest("The filter form has an entry outside its group. Load the page again.")
    found: list[Raw] = group["children"]
    return found


def _entry_at(tree: Raw, path: Path) -> Raw:
    entry = _siblings(tree, path)[path[-1]]
    if not isinstance(entry, dict):
        raise BadRequest("The filter form has no such entry. Load the page again.")
    return entry


def _group_at(tree: Raw, path: Path) -> Raw:
    group = _entry_at(tree, path).get("group") if path else tree
    if not isinstance(group, dict) or not isinstance(group.get("children", []), list):
        raise BadRequest("The filter form has no such group. Load the page again.")
    return group


def _siblings(tree: Raw, path: Path) -> list[Raw]:
    children = _list_of(tree)
    for number in path[:-1]:
        children = _list_of(_inside(children[number])) if number < len(children) else []
    if not path or path[-1] >= len(children):
        raise BadRequest("The filter form has no such entry. Load the page again.")
    return children


def _inside(entry: Any) -> Any:
    return entry.get("group") if isinstance(entry, dict) else None


def _list_of(group: Any) -> list[Raw]:
    children = group.get("children") if isinstance(group, dict) else None
    return children if isinstance(children, list) else []


@dataclass(frozen=True)
class Place:
    """Where an entry stands, as in its fields' names and as in the problems of a filter."""

    path: Path = ()

    @property
    def name(self) -> str:
        return _name(self.path)

    @property
    def in_tree(self) -> str:
        return ".group.".join(f"children[{number}]" for number in self.path)

    def inner(self, number: int) -> "Place":
        return Place((*self.path, number))
