"""The synonym table (synonyms.yaml), which an administrator can extend: words for metrics, dimensions and names."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from storage.spend_query import DIMENSIONS, METRICS
from storage.yaml_source import YamlSource


class Synonyms(BaseModel):
    """`metrics` and `dimensions`: name → phrases. `equivalents`: lists of names that mean the same thing where one of
    them exists in the company. `not_typos`: real words that must not be corrected to a known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metrics: dict[str, list[str]] = {}
    dimensions: dict[str, list[str]] = {}
    equivalents: list[list[str]] = []
    not_typos: list[str] = []

    def merged(self, other: "Synonyms") -> "Synonyms":
        """This table with an administrator's additions; theirs come first."""
        return Synonyms(
            metrics=_joined(self.metrics, other.metrics), dimensions=_joined(self.dimensions, other.dimensions),
            equivalents=[*other.equivalents, *self.equivalents], not_typos=[*self.not_typos, *other.not_typos],
        )  # fmt: skip


def _joined(ours: Mapping[str, list[str]], theirs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: [*theirs.get(name, []), *ours.get(name, [])] for name in {**ours, **theirs}}


def parse_synonyms(text: str, file: str = "synonyms.yaml") -> Synonyms:
    """Raises SourceErrors for a file that is not understood, ValueError for a metric or dimension that does not exist."""
    synonyms: Synonyms = YamlSource(text, file).validate(Synonyms)
    unknown = [m for m in synonyms.metrics if m not in METRICS] + [d for d in synonyms.dimensions if d not in DIMENSIONS]
    if unknown:
        raise ValueError(f"{file}: no such metric or dimension: {', '.join(unknown)}")
    return synonyms


@cache
def builtin_synonyms() -> Synonyms:
    return parse_synonyms((files("workflows.asking") / "synonyms.yaml").read_text(encoding="utf-8"))
