"""YAML files of an administrator, validated with errors that name file, line, column and the nearest valid name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from rapidfuzz import process
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Model = TypeVar("Model", bound=BaseModel)
MAX_NODES = 200_000


@dataclass(frozen=True)
class SourceError:
    """One mistake; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class SourceErrors(ValueError):
    """Everything wrong with a file, in the order of its lines."""

    def __init__(self, errors: Sequence[SourceError]) -> None:
        self.errors = sorted(errors, key=lambda error: (error.line, error.column))
        super().__init__("\n".join(map(str, self.errors)))


def nearest(word: str, names: Sequence[str], cutoff: int = 60) -> str | None:
    """The name most like `word`, or None when none is close."""
    match = process.extractOne(word, list(names), score_cutoff=cutoff)
    return match[0] if match else None


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """`; did you mean 'x'?` or the list of names when none is close."""
    close = nearest(word, names)
    if close:
        return f"; did you mean {close!r}?"
    return f"; expected one of {', '.join(sorted(names))}" if names else ""


class YamlSource:
    """A parsed YAML 1.2 document that knows where each value stands (`NO`, `on` and `12:30` are text in it)."""

    def __init__(self, text: str, file: str) -> None:
        """Raises SourceErrors when the text is not YAML or has a key twice."""
        self.file, self.text = file, text
        try:
            loader = YAML(typ="rt", pure=True)
            self.tree = loader.load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise SourceErrors([SourceError(file, line, column, error.problem or "not YAML")]) from error
        except YAMLError as error:
            raise SourceErrors([SourceError(file, 1, 1, f"not YAML: {error}")]) from error
        except RecursionError as error:
            raise SourceErrors([SourceError(file, 1, 1, "nested too deeply")]) from error
        try:
            self.data = plain(self.tree, iter(range(MAX_NODES)))
        except (RecursionError, StopIteration) as error:
            message = "an alias repeats itself without end, or the file is far too large"
            raise SourceErrors([SourceError(file, 1, 1, message)]) from error

    def position(self, path: Sequence[str | int], of_key: bool = False) -> tuple[int, int]:
        """(line, column) from 1 of the value at `path`, or of its key; the nearest existing parent when it is missing."""
        node, where = self.tree, (1, 1)
        for index, step in enumerate(path):
            last = index == len(path) - 1
            try:
                if isinstance(node, CommentedMap) and step in node:
                    line, column = node.lc.key(step) if (last and of_key) else node.lc.value(step)
                    node = node[step]
                elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                    line, column = node.lc.item(step)
                    node = node[step]
                else:
                    continue  # a step of pydantic's, such as the name of a union's member
            except (KeyError, AttributeError, TypeError):
                continue
            where = (line + 1, column + 1)
        return where

    def error(self, path: Sequence[str | int], message: str, of_key: bool = False) -> SourceError:
        line, column = self.position(path, of_key)
        return SourceError(self.file, line, column, message)

    def validate(self, model: type[Model]) -> Model:
        """The document as `model`. Raises SourceErrors with the position of each mistake."""
        try:
            return model.model_validate(self.data if self.data is not None else {})
        except ValidationError as error:
            raise SourceErrors([self._explain(model, item) for item in error.errors()]) from error

    def _explain(self, model: type[BaseModel], item: Any) -> SourceError:
        path, kind = list(item["loc"]), item["type"]
        if kind == "extra_forbidden":
            names = field_names(model, path[:-1])
            return self.error(path, f"unknown key {path[-1]!r}{did_you_mean(str(path[-1]), names)}", of_key=True)
        if kind == "missing":
            return self.error(path[:-1], f"{path[-1]!r} is missing")
        if kind in ("literal_error", "enum"):
            names = [part.strip(" '") for part in str(item["ctx"]["expected"]).replace(" or ", ", ").split(",")]
            return self.error(path, f"{item['input']!r} is not allowed{did_you_mean(str(item['input']), names)}")
        message = str(item["msg"]).removeprefix("Value error, ")
        return self.error(path, message)


def field_names(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys a document may have at `path`, walking annotations; empty where any key may stand."""
    current: Any = model
    for step in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {(field.alias or name): field for name, field in current.model_fields.items()}
            current = _models_in(fields[str(step)].annotation) if str(step) in fields else current
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _models_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        found = _models_in(part)
        if found is not None:
            return found
    return None


def plain(node: Any, budget: Iterator[int]) -> Any:
    """ruamel's commented tree as plain dicts, lists and scalars. Raises StopIteration beyond the budget of nodes, as
    aliases of aliases would need."""
    next(budget)
    if isinstance(node, dict):
        pairs = list(node.items())
        return {key if isinstance(key, str) else str(key): plain(value, budget) for key, value in pairs}
    if isinstance(node, list):
        return [plain(value, budget) for value in list(node)]
    if isinstance(node, bool) or node is None:
        return node
    if getattr(node, "_underscore", None):
        return f"{int(node):_}"  # 1_000 is text in YAML 1.2, a number only in 1.1
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
