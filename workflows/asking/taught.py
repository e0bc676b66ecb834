"""Teaching a phrase: what it may mean, why it may not be taught, and the row that makes it so.

A phrase is taught only when it has a word that no question was ever read with: so no answer changes, only questions back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlmodel import Session, col, select

from storage.models import AddedSynonym
from storage.org import OrgSettings, load_org
from storage.org import today as day_of
from storage.unit_of_work import UnitOfWork
from storage.yaml_source import SourceErrors, YamlSource
from workflows.asking.chart import Item, build
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.guards import guard
from workflows.asking.labels import LABELS
from workflows.asking.normalise import clean, squash, tokenise
from workflows.asking.parsed import Unsupported
from workflows.asking.period_types import PeriodContext
from workflows.asking.phrases import dimension_word
from workflows.asking.read import vocabulary_key, vocabulary_of
from workflows.asking.redact import redact
from workflows.asking.synonyms import (
    NAMED,
    builtin_synonyms,
    parse_synonyms,
    synonyms_in_force,
    taught_synonyms,
    with_taught,
)
from workflows.asking.vocabulary import MAX_WORDS, Vocabulary
from workflows.audit import trail
from workflows.errors import Conflict, Invalid, NotFound
from workflows.people import require_role

MAX_LETTERS = 60
_ARTICLES = frozenset(["the", "a", "an", "our", "my", "your", "this", "that"])


@dataclass(frozen=True, slots=True)
class Meaning:
    """`kind` and `name` as AddedSynonym keeps them; `label` and `about` for people: Cursor, a tool."""

    kind: str
    name: str
    label: str
    about: str

    @property
    def words(self) -> str:
        if self.kind == "dimension":
            return f"rows by {self.label}"
        return f"the {'measure' if self.kind == 'metric' else self.about} {self.label}"


def meanings(vocabulary: Vocabulary) -> list[Meaning]:
    """What a phrase can be taught to mean: measures, dimensions, then names; never a person."""
    builtin = builtin_synonyms()
    found = [Meaning("metric", name, LABELS[name], "measure") for name in builtin.metrics]
    found += [Meaning("dimension", name, dimension_word(name), "rows by it") for name in builtin.dimensions]
    named = {(e.dimension, e.value): e.label for entities in vocabulary.exact.values() for e in entities if not e.also}
    for (dimension, value), label in sorted(named.items(), key=lambda one: (one[1].casefold(), one[0])):
        if dimension in NAMED:
            found.append(Meaning("name", f"{dimension}:{value}", label, dimension_word(dimension)))
    return found


def search_meanings(vocabulary: Vocabulary, typed: str) -> list[Meaning]:
    """Those whose label holds what is typed, those that begin with it first; measures also by their built-in words."""
    wanted = clean(typed).casefold()
    builtin = builtin_synonyms()
    phrases = {**builtin.metrics, **builtin.dimensions}
    hits = [
        (not one.label.casefold().startswith(wanted), one)
        for one in meanings(vocabulary)
        if wanted in one.label.casefold() or (one.kind != "name" and wanted in phrases[one.name])
    ]
    return [one for _, one in sorted(hits, key=lambda hit: hit[0])]


def phrase_of(text: str) -> str:
    """As it is kept: lower case, single spaces, without an article before it."""
    words = [token.text for token in tokenise(text) if token.is_word or token.text == "&"]
    while len(words) > 1 and words[0] in _ARTICLES:
        words.pop(0)
    return " ".join(words)


def why_not(phrase: str, vocabulary: Vocabulary, context: PeriodContext) -> str:
    """Why it cannot be taught, as a sentence; "" when it can. `phrase` as `phrase_of` makes it."""
    tokens = tokenise(phrase)
    if not any(character.isalpha() for character in phrase):
        return "Write the words that people use."
    if len(tokens) > MAX_WORDS or len(phrase) > MAX_LETTERS:
        return f"Please take at most {MAX_WORDS} words, the ones that matter."
    if redact(phrase, vocabulary) != phrase:
        return "It holds a person's name, an address, an amount or a long number; those are never taught."
    if guarded := guard(phrase):
        answer = f" “{guarded.text}”" if isinstance(guarded, Unsupported) else " before they are read."
        return f"Questions with these words are always answered{answer}"
    items = build(tokens, vocabulary.phrases, vocabulary, context).items
    if any(item.entities and all(entity.dimension == "person" for entity in item.entities) for item in items):
        return "It names a person; people are not given other names."
    if any(item.has("unknown") for item in items):
        return ""
    told = [words for item in items if (words := _told(item))]
    if not told:
        return f"“{phrase}” is only small words, which most questions have."
    return f"It already means something: {'; '.join(told)}."


def _told(item: Item) -> str:
    """What an item says today, "" for small words."""
    kinds = item.kinds
    if item.note:
        return item.note
    if item.entities:
        what = " or ".join(f"{dimension_word(e.dimension)} {e.label}" for e in item.entities[:3])
    elif "metric" in kinds:
        what = LABELS[str(kinds["metric"])]
    elif "dim" in kinds:
        what = f"rows by {dimension_word(str(kinds['dim']))}"
    elif "period" in kinds:
        what = "a time"
    elif set(kinds) <= {"filler", "mark"}:
        return ""
    else:
        what = "a word that shapes a question"
    return f"“{item.text}” is {what}"


def context_of(org: OrgSettings, today: date) -> PeriodContext:
    return PeriodContext(today, FiscalCalendar.of(org))


@dataclass(frozen=True, slots=True)
class Lesson:
    """A phrase that may be taught, and the words of questions as they would be then. It holds while `version` is that of
    the company's words."""

    phrase: str
    meaning: Meaning
    vocabulary: Vocabulary
    version: tuple[object, ...]


def lesson(uow: UnitOfWork, actor_id: int, text: str, kind: str, name: str) -> Lesson:
    """Only reads; a second in a company of ten thousand. Raises NotAllowed, or Invalid for the field `phrase` or
    `meaning`."""
    org = load_org(uow.session)
    require_role(uow.session, org, actor_id, "admin", uow.now)
    today = day_of(org, uow.now)
    version, vocabulary, phrase = vocabulary_key(uow.session, today), vocabulary_of(uow.session, today), phrase_of(text)
    meaning = next((one for one in meanings(vocabulary) if (one.kind, one.name) == (kind, name)), None)
    if meaning is None:
        raise Invalid("Choose what it means from the list.", {"meaning": "Choose one from the list."})
    if reason := why_not(phrase, vocabulary, context_of(org, today)):
        raise Invalid(f"“{phrase}” cannot be taught. {reason}", {"phrase": reason})
    synonyms = with_taught(vocabulary.synonyms, [(phrase, kind, name)])
    return Lesson(phrase, meaning, Vocabulary.build(vocabulary.lists, synonyms=synonyms), version)


def teach(uow: UnitOfWork, actor_id: int, learnt: Lesson) -> AddedSynonym:
    """An administrator gives a phrase a meaning; it holds for the next question. Raises NotAllowed, Conflict."""
    require_role(uow.session, load_org(uow.session), actor_id, "admin", uow.now)
    row, meaning = _stored(uow, actor_id, learnt.phrase, learnt.meaning), learnt.meaning
    trail.append(uow, "synonym.added", subject=f"synonym:{row.id}", actor=actor_id,
                 payload={"kind": meaning.kind, "meaning": meaning.name})  # fmt: skip
    if _others(uow, row):  # another administrator was faster: the audit trail lets one of them through at a time
        raise Conflict(f"“{learnt.phrase}” was just given another meaning.", "Look at it again.")
    return row


def _stored(uow: UnitOfWork, actor_id: int, phrase: str, meaning: Meaning) -> AddedSynonym:
    same = select(AddedSynonym).where(
        AddedSynonym.phrase == phrase, AddedSynonym.kind == meaning.kind, AddedSynonym.meaning == meaning.name
    )
    row = uow.session.exec(same).first()  # taught before and taken back
    if row is None:
        row = AddedSynonym(phrase=phrase, kind=meaning.kind, meaning=meaning.name, added_by=actor_id, added_at=uow.now)
    row.added_by, row.added_at, row.ended_at = actor_id, uow.now, None
    uow.session.add(row)
    uow.session.flush()
    return row


def _others(uow: UnitOfWork, row: AddedSynonym) -> bool:
    query = select(AddedSynonym.id).where(AddedSynonym.phrase == row.phrase, AddedSynonym.id != row.id)
    return uow.session.exec(query.where(col(AddedSynonym.ended_at).is_(None))).first() is not None


def taught_row(uow: UnitOfWork, actor_id: int, synonym_id: int) -> AddedSynonym:
    """One that holds. Raises NotAllowed, NotFound, Conflict."""
    require_role(uow.session, load_org(uow.session), actor_id, "admin", uow.now)
    row = uow.session.get(AddedSynonym, synonym_id)
    if row is None:
        raise NotFound("I do not know that word any more.")
    if row.ended_at is not None:
        raise Conflict(f"“{row.phrase}” was taken back already.")
    return row


def without(uow: UnitOfWork, row: AddedSynonym) -> Vocabulary:
    """The words of questions as they are when a phrase means nothing again."""
    vocabulary = vocabulary_of(uow.session, day_of(load_org(uow.session), uow.now))
    left = [one for one in taught_synonyms(uow.session) if one != (row.phrase, row.kind, row.meaning)]
    return Vocabulary.build(vocabulary.lists, synonyms=synonyms_in_force(uow.session, left))


def take_back(uow: UnitOfWork, actor_id: int, synonym_id: int) -> AddedSynonym:
    """The phrase means nothing again. Raises NotAllowed, NotFound, Conflict."""
    row = taught_row(uow, actor_id, synonym_id)
    row.ended_at = uow.now
    uow.session.add(row)
    uow.session.flush()
    trail.append(uow, "synonym.ended", subject=f"synonym:{row.id}", actor=actor_id)
    return row


def lost_meanings(session: Session, today: date) -> list[tuple[str, str]]:
    """(phrase, meaning) of words that were taught, or stand in the company's file, for what is not there any more."""
    vocabulary, builtin = vocabulary_of(session, today), builtin_synonyms()

    def is_there(target: str) -> bool:
        dimension, _, name = target.partition(":")
        return any(entity.dimension == dimension for entity in vocabulary.exact.get(squash(name), ()))

    known = {"metric": builtin.metrics, "dimension": builtin.dimensions}
    lost = [
        (phrase, name)
        for phrase, kind, name in taught_synonyms(session)
        if not (is_there(name) if kind == "name" else name in known[kind])
    ]
    ours = synonyms_in_force(session, ()).names
    return lost + [
        (phrase, name)
        for name, phrases in ours.items()
        if name not in builtin.names and not is_there(name)
        for phrase in phrases
    ]


@cache
def _any_company() -> Vocabulary:
    return Vocabulary.build()


def check_file(text: str, file: str) -> None:
    """An administrator's synonyms.yaml, against the built-in words. Raises SourceErrors with line and column of phrases
    that already mean something else. Names of people and tools are not looked up: they may come with a later file."""
    synonyms, source = parse_synonyms(text, file), YamlSource(text, file)
    context, builtin = context_of(OrgSettings(), date(2026, 1, 1)), builtin_synonyms()
    wrong, meant = [], dict[str, str]()
    sections = (("metrics", synonyms.metrics, builtin.metrics), ("dimensions", synonyms.dimensions, builtin.dimensions),
                ("names", synonyms.names, builtin.names))  # fmt: skip
    for section, given, ours in sections:
        for name, number, phrase in _phrases(given):
            if phrase in map(phrase_of, ours.get(name, ())):
                continue
            reason = why_not(phrase, _any_company(), context)
            if not reason and meant.setdefault(phrase, name) != name:
                reason = f"It stands under {meant[phrase]} too."
            if reason:
                wrong.append(source.error([section, name, number], f"{phrase!r}: {reason}"))
    if wrong:
        raise SourceErrors(wrong)


def _phrases(given: dict[str, list[str]]) -> Iterable[tuple[str, int, str]]:
    for name, phrases in given.items():
        for number, phrase in enumerate(phrases):
            yield name, number, phrase_of(phrase)
