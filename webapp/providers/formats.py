"""How a call's body is written and its answer read: as JSON, unless a provider speaks something else."""

from collections.abc import Callable
from dataclasses import dataclass
from json import dumps

from webapp.providers.shapes import JsonValue, parse_json


@dataclass(frozen=True)
class Format:
    """One way to write and read; `read` raises UnexpectedAnswer.

    `suffix` is how the content types end that are this format too (RFC 6839).
    """

    name: str
    content_type: str
    accepted: frozenset[str]
    suffix: str
    write: Callable[[JsonValue], bytes]
    read: Callable[[bytes], JsonValue]

    def is_named_by(self, content_type: str) -> bool:
        """Whether a content type, without its parameters, calls something this format."""
        return content_type in self.accepted or content_type.endswith(self.suffix)


def _write_json(value: JsonValue) -> bytes:
    # The only value JSON does not know is Decimal; as a float it is written with the digits it has.
    return dumps(value, default=float).encode()


JSON = Format(
    "JSON", "application/json", frozenset({"application/json", "text/json"}), "+json", _write_json, parse_json
)
