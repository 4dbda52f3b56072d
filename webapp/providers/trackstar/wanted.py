"""What a connection takes in an order, as Trackstar itself tells it: each warehouse system wants other fields.

Source: Trackstar's guide to programmatic writes; the answer is a JSON Schema with its parts in `definitions`.
"""

from dataclasses import dataclass

from webapp.providers.shapes import JsonObject, JsonValue, UnexpectedAnswer, as_object

# A definition that leads to itself would be followed for ever; real ones are two deep.
DEEPEST = 5


@dataclass(frozen=True)
class Fields:
    """The names that may be given and those that must be."""

    known: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """The fields of an order, of its address and of each of its lines."""

    order: Fields
    address: Fields
    line: Fields


def read_wanted(data: JsonValue) -> Wanted:
    """The answer of `/wms/orders/meta`. Raises UnexpectedAnswer when it describes no order."""
    whole = as_object(data, "schema")
    order = _resolved(whole, whole)
    properties = as_object(order.get("properties"), "list of fields")
    lines = _resolved(whole, as_object(properties.get("line_items") or {}, "description of lines"))
    line = _resolved(whole, as_object(lines.get("items") or {}, "description of a line"))
    address = _resolved(whole, as_object(properties.get("ship_to_address") or {}, "description of an address"))
    return Wanted(_fields(order), _fields(address), _fields(line))


def _fields(schema: JsonObject) -> Fields:
    properties, required = schema.get("properties"), schema.get("required")
    return Fields(
        frozenset(properties if isinstance(properties, dict) else ()),
        frozenset(name for name in (required if isinstance(required, list) else ()) if isinstance(name, str)),
    )


def _resolved(whole: JsonObject, schema: JsonObject) -> JsonObject:
    """The schema itself, or the definition that it refers to."""
    for _ in range(DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        definitions = as_object(whole.get("definitions"), "list of definitions")
        schema = as_object(definitions.get(reference.removeprefix("#/definitions/")), "definition")
    raise UnexpectedAnswer("has definitions that lead to each other")
