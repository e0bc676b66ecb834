"""A company's verified questions as a file, JSON lines or YAML: read with the line of every mistake, and written back
with expectations where there were none."""

import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML

from storage.spend_query import SpendQuery
from storage.yaml_source import SourceErrors, YamlSource, did_you_mean
from workflows.asking.parsed import Slot

_EXACT_DIGITS = 15  # that a binary float carries unchanged
Text = Annotated[str, Field(min_length=1)]


class BadFile(Exception):
    """What is wrong, a line each: file, line, reason."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Expected(Strict):
    """Only what is given is compared; `value: null` expects that there is none. `plan` and each of `rows` may be partial."""

    status: Literal["answered", "clarify", "refused", "unsupported", "no_data"] | None = None
    slot: Slot | None = None
    plan: dict[str, Any] | None = None
    value: Decimal | None = None
    previous: Decimal | None = None
    unit: str | None = None
    rows: list[dict[str, Any]] | None = None
    text_contains: str | list[str] | None = None

    @field_validator("plan")
    @classmethod
    def known_parts(cls, plan: dict[str, Any] | None) -> dict[str, Any] | None:
        names = list(SpendQuery.model_fields)
        for name in plan or {}:
            if name not in names:
                raise ValueError(f"a plan has no {name!r}{did_you_mean(name, names)}")
        return plan

    @field_validator("rows")
    @classmethod
    def amounts(cls, rows: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
        for row in rows or []:
            for key in ("value", "previous"):
                if row.get(key) is not None:
                    amount(row[key])
        return rows


class Verified(Strict):
    """One question, who asks it where and when, and what must come."""

    id: str | int | None = None
    text: Text
    asker: Text = Field(alias="as")
    channel: str | None = None
    members: str | list[str] | None = None
    context: str | None = None
    now: datetime | None = None
    expect: Expected | None = None

    @field_validator("now")
    @classmethod
    def with_zone(cls, now: datetime | None) -> datetime | None:
        if now is not None and now.tzinfo is None:
            raise ValueError("an instant needs a zone, like 2026-11-23T12:00:00Z")
        return now


def amount(value: Any) -> Decimal:
    """Raises ValueError for what is no number."""
    try:
        return Decimal(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else Decimal("x")
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error


@dataclass(frozen=True)
class Case:
    """A question and where it stands: `place` in the order of the file, `line` from 1."""

    question: Verified
    place: int
    line: int


def read_verified(path: Path) -> list[Case]:
    """Raises BadFile."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}:1: cannot be read: {error}") from error
    cases, wrong = (_of_yaml if _is_yaml(path) else _of_lines)(text, path)
    if not cases and not wrong:
        wrong = [f"{path}:1: no questions in it; a line is {{text, as, expect}}"]
    if wrong:
        raise BadFile("\n".join(wrong))
    return cases


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def _of_lines(text: str, path: Path) -> tuple[list[Case], list[str]]:
    cases: list[Case] = []
    wrong: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line, parse_float=Decimal)
        except ValueError as error:
            wrong.append(f"{path}:{number}: this line is not JSON: {error}")
            continue
        _add(cases, wrong, data, len(cases), str(path), lambda _, number=number: number)  # type: ignore[misc]
    return cases, wrong


def _of_yaml(text: str, path: Path) -> tuple[list[Case], list[str]]:
    try:
        source = YamlSource(text, str(path))
        data = source.data or []
        if not isinstance(data, list):
            return [], [f"{path}:1: a list of questions is expected, each {{text, as, expect}}"]
    except SourceErrors as error:
        return [], [str(error)]
    cases: list[Case] = []
    wrong: list[str] = []
    for place, item in enumerate(data):
        at: Callable[[list[Any]], int] = lambda loc, place=place: source.position([place, *loc])[0]  # type: ignore[misc]  # noqa: E731
        try:
            plain = _as_json(item)
        except ValueError as error:
            wrong.append(f"{path}:{at([])}: {error}")
            continue
        _add(cases, wrong, plain, place, str(path), at)
    return cases, wrong


def _as_json(value: Any) -> Any:
    """Days and instants as text, exact numbers. Raises ValueError for a number that YAML cannot hold exactly."""
    if isinstance(value, dict):
        return {key: _as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()  # ruamel gives instants in UTC
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        exact = Decimal(repr(value))
        if len(exact.as_tuple().digits) > _EXACT_DIGITS:
            raise ValueError(f"{value!r} has too many digits for a bare number; write it in quotes")
        return exact
    return value


def _add(
    cases: list[Case], wrong: list[str], data: Any, place: int, path: str, line_of: Callable[[list[Any]], int]
) -> None:  # fmt: skip
    if not isinstance(data, Mapping):
        wrong.append(f"{path}:{line_of([])}: not a question {{text, as, expect}}")
        return
    try:
        cases.append(Case(Verified.model_validate(data), place, line_of([])))
    except ValidationError as error:
        wrong += [f"{path}:{line_of(list(item['loc']))}: {_explained(item)}" for item in error.errors()]


def _explained(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        model: type[BaseModel] = Expected if item["loc"][0] == "expect" else Verified
        names = [field.alias or name for name, field in model.model_fields.items()]
        return f"unknown key {where!r}{did_you_mean(str(item['loc'][-1]), names)}"
    if item["type"] == "missing":
        return f"{where!r} is missing"
    return f"{where}: {str(item['msg']).removeprefix('Value error, ')}"


def write_expectations(path: Path, found: Mapping[int, dict[str, Any]]) -> None:
    """`found`: by place, what to add to a question (expect, now). The rest of the file stays as it is; the file is
    replaced as a whole or not at all."""
    text = path.read_text(encoding="utf-8-sig")
    new = _into_yaml(text, found) if _is_yaml(path) else _into_lines(text, found)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(new, encoding="utf-8")
    shutil.copymode(path, beside)
    os.replace(beside, path)


def _into_lines(text: str, found: Mapping[int, dict[str, Any]]) -> str:
    lines, place = text.split("\n"), 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if place in found:
            lines[number] = json.dumps({**json.loads(line), **found[place]}, ensure_ascii=False)
        place += 1
    return "\n".join(lines)


def _into_yaml(text: str, found: Mapping[int, dict[str, Any]]) -> str:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width = True, 4096
    tree = yaml.load(text)
    for place, parts in found.items():
        tree[place].update(parts)
    written = io.StringIO()
    yaml.dump(tree, written)
    return written.getvalue()
