"""Published API specifications, and whether a request or an answer is what they allow.

Reads OpenAPI 3.0 and Swagger 2.0. The specifications are their vendors' and not kept here; PROVIDER_SPECS names
the folder that holds them.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from json import loads
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import pytest
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

SPECS = os.environ.get("PROVIDER_SPECS", "")
needs_specs = pytest.mark.skipif(
    not SPECS, reason="PROVIDER_SPECS does not name a folder with the providers' published specifications."
)
Schema = Mapping[str, Any]


def _unless_nullable(keyword: str) -> Any:
    """OpenAPI 3.0 writes “or null” as `nullable`, Amazon's Swagger as `x-nullable`; JSON Schema knows neither."""

    def check(validator: Any, wanted: Any, instance: Any, schema: Schema) -> Iterator[ValidationError]:
        if instance is None and (schema.get("nullable") or schema.get("x-nullable")):
            return iter(())
        return cast(
            "Iterator[ValidationError]", Draft4Validator.VALIDATORS[keyword](validator, wanted, instance, schema)
        )

    return check


# Both kinds of specification take their schemas from JSON Schema's fourth draft.
_Validator = extend(Draft4Validator, {name: _unless_nullable(name) for name in ("type", "enum")})


@dataclass(frozen=True)
class Operation:
    """One address and method of a specification."""

    whole: Schema
    parameters: tuple[Schema, ...]
    definition: Schema

    def problems_of_request(self, body: Any, query: str = "", *, schema: Schema | None = None) -> list[str]:
        """What is wrong with a body and a query; `schema` stands in where the specification's own is ambiguous."""
        return [*self._query_problems(query), *self._body_problems(body, schema)]

    def problems_of_answer(self, status: int, body: Any) -> list[str]:
        """What is wrong with an answer; a status that the specification does not describe is a problem."""
        answers = self.definition["responses"]
        answer = answers.get(str(status), answers.get("default"))
        if answer is None:
            return [f"status {status} is not described, only {', '.join(sorted(answers))}"]
        schema = _schema_in(answer)
        return problems(self.whole, schema, body) if schema else []

    def _body_problems(self, body: Any, schema: Schema | None) -> list[str]:
        wanted = schema or _schema_in(self.definition.get("requestBody") or {}) or self._body_parameter()
        if body is None:
            return []
        return problems(self.whole, wanted, body) if wanted else ["a body was sent where none is described"]

    def _body_parameter(self) -> Schema | None:
        found = (each["schema"] for each in self.parameters if each["in"] == "body")
        return next(found, None)

    def _query_problems(self, query: str) -> list[str]:
        """Unknown and missing names, and values outside a list; every value of a query is text."""
        known = {each["name"]: each for each in self.parameters if each["in"] == "query"}
        given = dict(parse_qsl(query, keep_blank_values=True))
        found = [f"no parameter {name}" for name in given if name not in known]
        found += [
            f"{name} is missing" for name, each in known.items() if each.get("required") and name not in given
        ]
        for name in given.keys() & known.keys():
            allowed = (known[name].get("schema") or known[name]).get("enum")
            if allowed and given[name] not in allowed:
                found.append(f"{name} must be one of {allowed}")
        return found


class Specification:
    """One vendor's specification of a web API."""

    def __init__(self, whole: Schema) -> None:
        self.whole = whole

    def operation(self, method: str, path: str) -> Operation:
        """The operation behind a path as it was sent, still percent-encoded. Raises LookupError."""
        for template, methods in self.whole["paths"].items():
            if _fits(template, path) and method.lower() in methods:
                definition = methods[method.lower()]
                shared = methods.get("parameters", [])
                given = [self._resolved(each) for each in (*shared, *definition.get("parameters", []))]
                return Operation(self.whole, tuple(given), definition)
        raise LookupError(f"The specification has no {method} {path}.")

    def schema(self, name: str) -> Schema:
        """One of the named schemas."""
        kept = "components/schemas" if "components" in self.whole else "definitions"
        return {"$ref": f"#/{kept}/{name}"}

    def variant(self, name: str, value: str) -> Schema:
        """The schema that the discriminator of the named one gives for a value."""
        return {"$ref": self._resolved(self.schema(name))["discriminator"]["mapping"][value]}

    def _resolved(self, given: Schema) -> Schema:
        while "$ref" in given:
            found: Any = self.whole
            for part in given["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            given = found
        return given


@cache
def specification(*path: str) -> Specification:
    """The specification in a file below PROVIDER_SPECS, read once."""
    return Specification(loads(Path(SPECS, *path).read_text()))


def problems(whole: Schema, schema: Schema, instance: Any) -> list[str]:
    """Where the instance is not what the schema says, with the reason; references lead into `whole`."""
    rooted = {**whole, "allOf": [schema]}
    checker = _Validator(rooted, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(instance)]


def _schema_in(holder: Schema) -> Schema | None:
    """OpenAPI 3.0 keeps a schema for each content type, Swagger 2.0 one for all."""
    if "schema" in holder:
        return cast("Schema", holder["schema"])
    return cast("Schema | None", holder.get("content", {}).get("application/json", {}).get("schema"))


def _fits(template: str, path: str) -> bool:
    """A part in braces stands for one part of the path, in which a slash is written %2F."""
    wanted, given = template.strip("/").split("/"), path.strip("/").split("/")
    return len(wanted) == len(given) and all(
        (want.startswith("{") and unquote(got) != "") or want == got
        for want, got in zip(wanted, given, strict=True)
    )
