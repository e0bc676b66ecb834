"""What an optional language model may contribute to a question that the parser could not read, and its check. Pure.

The model says which words of the question stand for which terms of the vocabulary, and the plan it reads from that. It
decides nothing: with those words the parser reads the question again, by its own grammar of periods, with every word used,
and the two plans must be the same. Even then it is a guess about words that nobody taught, so it is never answered at once:
the person is asked “Did you mean …?”. Rights, numbers and SQL come after that, as for any other plan.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from storage.spend_query import DIMENSIONS, METRICS, Grain, SpendQuery
from workflows.asking.chart import build
from workflows.asking.normalise import fold, tokenise
from workflows.asking.parsed import Answerable, Choice, Clarify, Parsed
from workflows.asking.period_types import PeriodContext
from workflows.asking.periods import read_period
from workflows.asking.redact import redact
from workflows.asking.synonyms import with_taught
from workflows.asking.taught import MAX_LETTERS, Meaning, meanings, phrase_of, why_not
from workflows.asking.vocabulary import Vocabulary
from workflows.asking.wording import plan_words

MAX_READINGS = 3
MAX_NAMES = 40
_RESEMBLES = 55  # of 100: a loose look-alike is enough to be offered, the person decides
_MAX_CHOICES = 4


def _one_of(names: Iterable[str]) -> Any:
    allowed = tuple(names)

    def known(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of the list")
        return value

    return Annotated[str, AfterValidator(known), WithJsonSchema({"type": "string", "enum": list(allowed)})]


Metric: Any = _one_of(METRICS)
Dimension: Any = _one_of(name for name in DIMENSIONS if name != "person")


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WordReading(_Closed):
    """`words` stand in the question as they are; `meaning` is an entry of the list that was given for its kind."""

    words: str = Field(min_length=1, max_length=MAX_LETTERS)
    kind: Literal["metric", "dimension", "name"]
    meaning: str = Field(max_length=120)


class ProposedFilter(_Closed):
    dimension: Dimension
    op: Literal["in", "ne"] = "in"
    values: tuple[str, ...] = Field(min_length=1, max_length=8)


class ProposedPlan(_Closed):
    """`period_words` are the question's own words for the time, "" when it names none."""

    metric: Metric
    filters: tuple[ProposedFilter, ...] = Field(default=(), max_length=6)
    group_by: tuple[Dimension, ...] = Field(default=(), max_length=2)
    grain: Grain | None = None
    period_words: str = Field(default="", max_length=80)


class Proposal(_Closed):
    """What a model returns; `plan` is None when it cannot tell."""

    readings: tuple[WordReading, ...] = Field(default=(), max_length=MAX_READINGS)
    plan: ProposedPlan | None = None


class ModelQuestion(_Closed):
    """All that a model is told: the question without persons, addresses and amounts, and closed lists."""

    text: str
    unread: tuple[str, ...]
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    names: tuple[str, ...]  # `tool:Cursor`: names of the company's data that look like a word of the question


class ModelReader(Protocol):
    """Asks a model. Raises whatever its client raises; the caller goes on as if there were no model."""

    def __call__(self, asked: ModelQuestion) -> Proposal: ...


def question_for_model(text: str, parsed: Parsed, vocabulary: Vocabulary, context: PeriodContext) -> ModelQuestion | None:
    """None where a model is not asked: the parser has a reading, a guard or several good readings answer, or every word is
    known and the model could only re-interpret one."""
    if not isinstance(parsed, Clarify) or not parsed.unread:
        return None
    shown = redact(text, vocabulary)
    items = build(tokenise(shown), vocabulary.phrases, vocabulary, context).items
    unread = tuple(dict.fromkeys(item.text for item in items if item.has("unknown")))
    if not unread:
        return None
    known = [item.text for item in items if item.entities]
    terms = {kind: tuple(one.name for one in meanings(vocabulary) if one.kind == kind) for kind in ("metric", "dimension")}
    return ModelQuestion(text=shown, unread=unread, metrics=terms["metric"], dimensions=terms["dimension"],
                         names=_names_like([*unread, *known], vocabulary))  # fmt: skip


def _names_like(words: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The most alike first; never a person."""
    from rapidfuzz import fuzz

    folded = [fold(word) for word in words if len(word) > 1]
    scored = [
        (max((fuzz.partial_ratio(word, fold(one.label)) for word in folded), default=0.0), one.name)
        for one in meanings(vocabulary) if one.kind == "name"
    ]  # fmt: skip
    close = sorted((-score, name) for score, name in scored if score >= _RESEMBLES)
    return tuple(name for _, name in close[:MAX_NAMES])


def checked(
    proposal: Proposal,
    text: str,
    parsed: Clarify,
    *,
    vocabulary: Vocabulary,
    context: PeriodContext,
    read: Callable[[Vocabulary], Parsed],
) -> Clarify | None:
    """The question back with what the model reads as a choice; None when anything of the proposal does not hold.

    `read` is the parser on this text, thread and asker, with a vocabulary to be given.
    """
    if proposal.plan is None or not proposal.readings:
        return None
    found = [_held(one, text, vocabulary, context) for one in proposal.readings]
    held = [one for one in found if one is not None]
    if len(held) < len(found):
        return None
    taught = [(phrase, meaning.kind, meaning.name) for phrase, meaning in held]
    again = read(Vocabulary.build(vocabulary.lists, synonyms=with_taught(vocabulary.synonyms, taught)))
    if not isinstance(again, Answerable) or not _agrees(proposal.plan, again.query, text, context):
        return None
    return _did_you_mean(parsed, again, held)


def _held(one: WordReading, text: str, vocabulary: Vocabulary, context: PeriodContext) -> tuple[str, Meaning] | None:
    """The phrase and its meaning: words of the question, with one that nothing knows, for a term of the vocabulary."""
    phrase = phrase_of(one.words)
    meaning = next((m for m in meanings(vocabulary) if (m.kind, m.name) == (one.kind, one.meaning)), None)
    if meaning is None or not _stands_in(phrase, text) or why_not(phrase, vocabulary, context):
        return None
    return phrase, meaning


def _stands_in(phrase: str, text: str) -> bool:
    words, said = [token.text for token in tokenise(phrase)], [token.text for token in tokenise(text)]
    return bool(words) and any(said[at : at + len(words)] == words for at in range(len(said)))


def _agrees(plan: ProposedPlan, query: SpendQuery, text: str, context: PeriodContext) -> bool:
    """Whether the model's plan is the parser's; the period is what our grammar makes of the words that the model names."""
    filters = {(part.dimension, part.op, frozenset(part.values)) for part in plan.filters}
    read = {(part.dimension, part.op, frozenset(part.values)) for part in query.filters if part.dimension != "person"}
    same = (query.metrics, query.grain) == ((plan.metric,), plan.grain) and set(query.group_by) == set(plan.group_by)
    return same and filters == read and _same_period(plan.period_words, query, text, context)


def _same_period(words: str, query: SpendQuery, text: str, context: PeriodContext) -> bool:
    """Without words the period is the parser's own default, which the label shows."""
    if not words.strip():
        return True
    reading = read_period(words, context)
    return _stands_in(words, text) and reading is not None and reading.period.start == query.period.start


def _did_you_mean(parsed: Clarify, again: Answerable, held: Sequence[tuple[str, Meaning]]) -> Clarify:
    said = " and ".join(f"“{phrase}” as {meaning.words}" for phrase, meaning in held)
    label = " and ".join(f"{phrase} = {meaning.label}" for phrase, meaning in held)
    choice = Choice(label, again.query, again.scope)
    others = tuple(one for one in parsed.choices if one.query is None or one.query.digest != again.query.digest)
    question = f"{parsed.question} Did you mean {said}? I would answer: {plan_words(again.query)}."
    return Clarify(parsed.slot, question, (choice, *others)[:_MAX_CHOICES], parsed.words, parsed.unread)
