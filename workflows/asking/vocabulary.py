"""The names a question may use: departments, tools, vendors, people … as one value with fast look-ups. No database.

`Vocabulary.build` takes plain lists (storage/vocabulary.py reads them from the store). Names are keyed squashed: case,
accents, spaces and hyphens do not matter. What a name can mean is a list of entities; more than one is ambiguous.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storage.vocabulary import PersonEntry, ToolEntry, VocabularyLists
from workflows.asking.normalise import Token, fold, squash, tokenise
from workflows.asking.spelling import WordIndex
from workflows.asking.synonyms import Synonyms, builtin_synonyms
from workflows.asking.words import Words, words_of

MAX_WORDS = 6  # of a name in tokens
# Words that many names share: alone they name nothing.
GENERIC = frozenset(
    [
        "ai",
        "api",
        "app",
        "apps",
        "assistant",
        "business",
        "cloud",
        "code",
        "enterprise",
        "for",
        "free",
        "in",
        "mini",
        "of",
        "on",
        "plus",
        "premium",
        "pro",
        "project",
        "team",
        "teams",
        "the",
        "tool",
        "tools",
        "workspace",
        "and",
        "department",
        "group",
        "plan",
        "model",
        "models",
        "online",
        "bot",
        "studio",
        "platform",
        "flash",
        "edition",
        "suite",
        "one",
        "data",
        "new",
        "old",
        "large",
        "small",
        "max",
        "lite",
        "basic",
        "standard",
        "preview",
        "turbo",
        "high",
        "low",
    ]
)

_STOP = frozenset(["the", "of", "and", "for", "ai", "project", "new", "in", "a"])


@dataclass(frozen=True, slots=True)
class Entity:
    """A canonical name as a plan's filter holds it. `dimension` is the filter's; for persons `value` is the e-mail."""

    dimension: str
    value: str
    label: str
    also: tuple[str, ...] = ()  # further values: a family of models

    @property
    def values(self) -> tuple[str, ...]:
        return (self.value, *self.also)


@dataclass(frozen=True)
class Vocabulary:
    """`exact` holds whole names and aliases, `partial` parts of names, `given` single names of
    people; each keyed by the squashed text."""

    lists: VocabularyLists
    synonyms: Synonyms
    exact: Mapping[str, tuple[Entity, ...]]
    partial: Mapping[str, tuple[Entity, ...]]
    given: Mapping[str, tuple[Entity, ...]]
    words: frozenset[str]  # every single word of a name that is not a person's
    person_words: frozenset[str]
    index: WordIndex  # of `words`, for one-edit typos
    tools: Mapping[str, ToolEntry]
    phrases: Words  # the words of questions, this company's synonyms among them

    @classmethod
    def build(cls, lists: VocabularyLists | None = None, *, synonyms: Synonyms | None = None) -> "Vocabulary":
        return _Builder(lists or VocabularyLists(), synonyms or builtin_synonyms()).build()

    def lookup(self, tokens: Sequence[Token], start: int) -> list[tuple[int, tuple[Entity, ...]]]:
        """(number of tokens, what they can mean) of the whole names that begin at `start`, longest first."""
        found = []
        key = ""
        for count, token in enumerate(tokens[start : start + MAX_WORDS], 1):
            if not token.is_word and not (token.text == "&" and count > 1):
                break
            key += squash(token.text)
            if token.is_word and (entities := self.exact.get(key)):
                found.append((count, entities))
        return found[::-1]

    def lookup_part(self, tokens: Sequence[Token], start: int) -> list[tuple[int, tuple[Entity, ...]]]:
        """As `lookup`, for parts of names: `sonnet` is every model with that word."""
        found = []
        key = ""
        for count, token in enumerate(tokens[start : start + MAX_WORDS], 1):
            if not token.is_word:
                break
            key += squash(token.text)
            if entities := self.partial.get(key):
                found.append((count, entities))
        return found[::-1]

    def person_named(self, word: str) -> tuple[Entity, ...]:
        """People with that first or last name."""
        return self.given.get(squash(word), ())


class _Builder:
    def __init__(self, lists: VocabularyLists, synonyms: Synonyms) -> None:
        self.lists, self.synonyms = lists, synonyms
        self.exact: dict[str, list[Entity]] = defaultdict(list)
        self.partial: dict[str, list[Entity]] = defaultdict(list)
        self.given: dict[str, list[Entity]] = defaultdict(list)
        self.words: set[str] = set()
        self.person_words: set[str] = set()

    def build(self) -> Vocabulary:
        lists = self.lists
        for dimension, names in (("department", lists.departments), ("cost_center", lists.cost_centers),
                                 ("division", lists.divisions), ("model", lists.models),
                                 ("project", lists.projects)):  # fmt: skip
            for name in names:
                self._name(Entity(dimension, name, name), [name])
        self._tools()
        for category in {*lists.categories, *(t.category for t in lists.tools if t.category)}:
            self._category(category)
        self._people()
        self._own_names()
        self._equivalents()
        self._initials()
        words = frozenset(w for w in self.words if not w.isdigit())
        return Vocabulary(
            lists=lists, synonyms=self.synonyms, exact=_frozen(self.exact), partial=_frozen(self.partial),
            given=_frozen(self.given), words=words, person_words=frozenset(self.person_words),
            index=WordIndex(w for w in words if len(w) >= 5), tools={t.name: t for t in lists.tools},
            phrases=words_of(self.synonyms.model_dump_json()),
        )  # fmt: skip

    def _name(self, entity: Entity, names: Iterable[str], parts: bool = True) -> None:
        for name in _spelled(names):
            key = squash(name)
            if key and entity not in self.exact[key]:
                self.exact[key].append(entity)
            words = [t.text for t in tokenise(name) if t.is_word]
            self.words.update(words)
            if parts and entity.dimension in ("tool", "model", "project", "department", "division"):
                self._parts(entity, words)

    def _parts(self, entity: Entity, words: list[str]) -> None:
        """Every run of words of a name that says something: not only generic ones, not only digits."""
        generic = _STOP if entity.dimension == "project" else GENERIC
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                run = words[first:last]
                if len(run) == len(words) or all(w in generic or len(w) < 3 or w.isdigit() for w in run):
                    continue
                key = squash("".join(run))
                if entity not in self.partial[key]:
                    self.partial[key].append(entity)

    def _tools(self) -> None:
        for tool in self.lists.tools:
            self._name(Entity("tool", tool.name, tool.name), [tool.name])
            self._name(Entity("tool", tool.name, tool.name), tool.aliases, parts=False)
        for vendor in {*self.lists.vendors, *(t.vendor for t in self.lists.tools)}:
            self._name(Entity("vendor", vendor, vendor), [vendor])

    def _category(self, category: str) -> None:
        """`coding_assistant` is also "coding assistants" and "coding tools"."""
        entity = Entity("category", category, category.replace("_", " "))
        words = [t.text for t in tokenise(category) if t.is_word]
        stem = squash(category)
        plural = f"{stem[:-1]}ies" if stem.endswith("y") else f"{stem}s"
        names = [stem, plural, f"{stem}tools", f"{stem}tool"]
        if len(words) > 1 and words[0] not in GENERIC:
            names += [f"{words[0]}tools", f"{words[0]}tool"]
        for name in names:
            if entity not in self.exact[name]:
                self.exact[name].append(entity)
        self.words.update(words)

    def _people(self) -> None:
        for person in self.lists.people:
            entity = Entity("person", person.email.lower(), person.name)
            words = [w for w in fold(person.name).replace("-", " ").split() if w]
            for key in {squash(person.name), squash(person.email)}:
                if key and entity not in self.exact[key]:
                    self.exact[key].append(entity)
            if len(words) > 1:
                for word in {squash(words[0]), squash(words[-1])}:
                    self.given[word].append(entity)
            self.person_words.update(squash(w) for w in words)

    def _own_names(self) -> None:
        """What administrators call things, in questions only; nothing where the thing does not exist."""
        for target, phrases in self.synonyms.names.items():
            dimension, _, name = target.partition(":")
            for entity in [e for e in self.exact.get(squash(name), ()) if e.dimension == dimension]:
                self._name(entity, phrases, parts=False)

    def _equivalents(self) -> None:
        """eng, hr, mktg … stand for a department (ms for a vendor) only where one of that name exists."""
        for group in self.synonyms.equivalents:
            keys = [squash(name) for name in group]
            entities = [e for key in keys for e in self.exact.get(key, ()) if e.dimension != "person"]
            for name, key in zip(group, keys, strict=True):
                if key not in self.exact or not self.exact[key]:
                    for entity in entities:
                        self._name(entity, [name], parts=False)

    def _initials(self) -> None:
        """DS for Data Science, unless something else is called so."""
        found: dict[str, list[Entity]] = defaultdict(list)
        for name in self.lists.departments:
            words = [w for w in fold(name).replace("&", " ").replace("-", " ").split() if w not in ("and", "of")]
            if len(words) > 1:
                found["".join(w[0] for w in words)].append(Entity("department", name, name))
        for key, entities in found.items():
            if not self.exact.get(key) and len(key) > 1:
                self.exact[key] = entities


def _spelled(names: Iterable[str]) -> list[str]:
    """With "and" written out where the name has "&"."""
    given = list(names)
    return [*given, *(name.replace("&", " and ") for name in given if "&" in name)]


def _frozen(index: Mapping[str, list[Entity]]) -> dict[str, tuple[Entity, ...]]:
    return {key: tuple(entities) for key, entities in index.items() if entities}


__all__ = ["Entity", "PersonEntry", "ToolEntry", "Vocabulary", "VocabularyLists"]
