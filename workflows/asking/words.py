"""Every phrase the parser knows, by its first word, and which words are known: typos are looked for in the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from workflows.asking.fillers import FILLERS
from workflows.asking.grammar import GRAMMAR
from workflows.asking.normalise import tokenise
from workflows.asking.period_types import TIME_WORDS
from workflows.asking.spelling import WordIndex
from workflows.asking.synonyms import Synonyms


@dataclass(frozen=True, slots=True)
class Phrase:
    words: tuple[str, ...]
    kind: str
    value: str


def _phrases(groups: Iterable[tuple[str, str, Iterable[str]]]) -> dict[str, list[Phrase]]:
    table: dict[str, list[Phrase]] = {}
    for kind, value, texts in groups:
        for text in texts:
            words = tuple(token.text for token in tokenise(text))
            if words:
                table.setdefault(words[0], []).append(Phrase(words, kind, value))
    for phrases in table.values():
        phrases.sort(key=lambda phrase: -len(phrase.words))
    return table


@cache
def _grammar() -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for kind, values in GRAMMAR.items():
        for value, texts in values.items():
            parts = [part.strip() for part in texts.split(", ")]
            found.append((kind, value, tuple(part for part in parts if part)))
    found.append(("filler", "", tuple(part.strip() for part in FILLERS.split(","))))
    return found


@cache
def english() -> frozenset[str]:
    """Real words: none of them is a typo of another."""
    lines = (files("workflows.asking") / "english.txt").read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


class Words:
    """All phrases by first word, and every word that is known (typos are only looked for in the others)."""

    def __init__(self, synonyms: Synonyms) -> None:
        metrics = [("metric", name, tuple(texts)) for name, texts in synonyms.metrics.items()]
        dimensions = [("dim", name, tuple(texts)) for name, texts in synonyms.dimensions.items()]
        self.table = _phrases([*metrics, *dimensions, *_grammar()])
        self.known = frozenset(word for phrases in self.table.values() for phrase in phrases for word in phrase.words)
        content = {word for phrases in self.table.values() for p in phrases if p.kind != "filler" for word in p.words}
        self.correctable = frozenset(word for word in content | self.known if len(word) >= 5)
        self.real = english() | frozenset(synonyms.not_typos)
        self.meanings = {
            phrase.words[0]: (phrase.kind, phrase.value)
            for phrases in self.table.values()
            for phrase in phrases
            if len(phrase.words) == 1
        }
        self.index = WordIndex([*self.correctable, *TIME_WORDS])


@lru_cache(maxsize=8)
def words_of(digest: str) -> Words:
    """By the synonyms' JSON, so that one table is built once."""
    return Words(Synonyms.model_validate_json(digest))
