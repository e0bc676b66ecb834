"""The synonym table: the built-in one (synonyms.yaml), the company's own file, and what administrators taught."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, select

from storage.models import AddedSynonym
from storage.org import document_in_force
from storage.spend_query import DIMENSIONS, METRICS
from storage.yaml_source import SourceError, SourceErrors, YamlSource, did_you_mean

NAMED = ("department", "cost_center", "division", "vendor", "tool", "model", "project", "category")  # never persons


class Synonyms(BaseModel):
    """`metrics` and `dimensions`: name → phrases. `names`: `tool:Cursor` → phrases that stand for it in questions.
    `equivalents`: lists of names that mean the same thing where one of them exists in the company. `not_typos`: real
    words that must not be corrected to a known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metrics: dict[str, list[str]] = {}
    dimensions: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    equivalents: list[list[str]] = []
    not_typos: list[str] = []

    def merged(self, other: "Synonyms") -> "Synonyms":
        """This table with an administrator's additions; theirs come first."""
        return Synonyms(
            metrics=_joined(self.metrics, other.metrics), dimensions=_joined(self.dimensions, other.dimensions),
            names=_joined(self.names, other.names), equivalents=[*other.equivalents, *self.equivalents],
            not_typos=[*self.not_typos, *other.not_typos],
        )  # fmt: skip


def _joined(ours: Mapping[str, list[str]], theirs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: [*theirs.get(name, []), *ours.get(name, [])] for name in {**ours, **theirs}}


def parse_synonyms(text: str, file: str = "synonyms.yaml") -> Synonyms:
    """Raises SourceErrors for a file that is not understood, or that names a metric or dimension that does not exist."""
    source = YamlSource(text, file)
    synonyms = source.validate(Synonyms)
    wrong = [*_unknown(source, "metrics", synonyms.metrics, tuple(METRICS)),
             *_unknown(source, "dimensions", synonyms.dimensions, DIMENSIONS)]  # fmt: skip
    for target in synonyms.names:
        dimension, _, name = target.partition(":")
        if dimension not in NAMED or not name.strip():
            kinds = ", ".join(NAMED)
            wrong.append(
                source.error(["names", target], f"{target!r} is not like 'tool:Cursor'; kinds: {kinds}", of_key=True)
            )
    if wrong:
        raise SourceErrors(wrong)
    return synonyms


def _unknown(source: YamlSource, section: str, given: Iterable[str], known: tuple[str, ...]) -> list[SourceError]:
    return [
        source.error([section, name], f"no {section[:-1]} is called {name!r}{did_you_mean(name, known)}", of_key=True)
        for name in given
        if name not in known
    ]  # fmt: skip


@cache
def builtin_synonyms() -> Synonyms:
    return parse_synonyms((files("workflows.asking") / "synonyms.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _own_file(text: str, file: str) -> Synonyms:
    return parse_synonyms(text, file)


def taught_synonyms(session: Session) -> tuple[tuple[str, str, str], ...]:
    """(phrase, kind, meaning) of everything that administrators taught and nobody took back."""
    rows = session.exec(select(AddedSynonym).where(col(AddedSynonym.ended_at).is_(None)).order_by(col(AddedSynonym.id)))
    return tuple((row.phrase, row.kind, row.meaning) for row in rows)


def with_taught(synonyms: Synonyms, taught: Iterable[tuple[str, str, str]]) -> Synonyms:
    """`taught`: (phrase, kind, meaning) as in AddedSynonym."""
    parts: dict[str, dict[str, list[str]]] = {"metric": {}, "dimension": {}, "name": {}}
    for phrase, kind, meaning in taught:
        parts[kind].setdefault(meaning, []).append(phrase)
    return synonyms.merged(Synonyms(metrics=parts["metric"], dimensions=parts["dimension"], names=parts["name"]))


def synonyms_in_force(session: Session, taught: Iterable[tuple[str, str, str]]) -> Synonyms:
    """The built-in table, the company's synonyms.yaml and `taught`; later ones add, none takes away."""
    document = document_in_force(session, "synonyms")
    synonyms = builtin_synonyms()
    if document is not None:
        synonyms = synonyms.merged(_own_file(document.text, document.source))
    return with_taught(synonyms, taught)
