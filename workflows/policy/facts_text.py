"""Facts as JSON (frozen with a request) and as an administrator writes them (policy tests, `explain --facts`)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from storage.types import Money
from storage.yaml_source import SourceError, SourceErrors, YamlSource, did_you_mean
from workflows.policy.fields import FIELDS, Facts, FactValue
from workflows.policy.literals import read_money


def to_json(facts: Facts) -> dict[str, Any]:
    """Money as {amount, currency}, ratios as text, lists as lists; None = unknown."""
    return {name: _encode(value) for name, value in facts.items()}


def from_json(stored: Mapping[str, Any]) -> dict[str, FactValue]:
    """The inverse; what is not a field of the table is left out."""
    return {name: _decode(FIELDS[name].type, value) for name, value in stored.items() if name in FIELDS}


def _encode(value: FactValue) -> Any:
    if isinstance(value, Money):
        return {"amount": f"{value.amount.normalize():f}", "currency": value.currency}
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _decode(kind: str, value: Any) -> FactValue:
    if value is None:
        return None
    if kind == "money":
        return Money.of(value["amount"], value["currency"])
    if kind == "ratio":
        return Decimal(value)
    return tuple(value) if kind == "classes" else value


def read_facts(source: YamlSource, given: Any, path: tuple[str | int, ...] = ()) -> dict[str, FactValue]:
    """`{request.annual_value: "500 USD", tool: {status: approved}}`; what is left out or null is unknown.

    Raises SourceErrors with the position and the nearest field.
    """
    facts: dict[str, FactValue] = {}
    errors: list[SourceError] = []
    if not isinstance(given, Mapping):
        raise SourceErrors([source.error(path, "facts are a mapping, like {tool.status: approved}")])
    for key, value in given.items():
        nested = isinstance(value, Mapping) and key not in FIELDS
        for name, item, where in (
            ((f"{key}.{k}", v, (*path, key, k)) for k, v in value.items()) if nested else ((key, value, (*path, key)),)
        ):
            try:
                facts[name] = _written(name, item)
            except ValueError as error:
                errors.append(source.error(where, str(error), of_key=name not in FIELDS))
    if errors:
        raise SourceErrors(errors)
    return facts


def _written(name: str, value: Any) -> FactValue:
    if name not in FIELDS:
        raise ValueError(f"unknown field {name!r}{did_you_mean(name, list(FIELDS))}")
    if value is None:
        return None
    field = FIELDS[name]
    if field.type == "money":
        return read_money(value)
    if field.type == "number" and type(value) is int:
        return value
    if field.type == "ratio" and type(value) in (int, float):
        return Decimal(str(value))
    if field.type == "classes" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if field.type == "text" and isinstance(value, str):
        if field.values and value not in field.values:
            raise ValueError(f"{value!r} is not a value of {name}{did_you_mean(value, list(field.values))}")
        return value.lower() if name == "requester.email" else value
    raise ValueError(f"{value!r} does not fit {name} ({field.type})")
