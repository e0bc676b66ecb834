"""A sentence as typed items: typos put right, then the longest phrase at each place over all sources at once.

An item keeps every kind it can be (a metric word that is also a name stays both); what is left is `unknown`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from workflows.asking.normalise import Token, fold, squash
from workflows.asking.period_types import GRAMMAR_WORDS, NUMBERS, TIME_WORDS, PeriodContext, Reading
from workflows.asking.periods import find_period
from workflows.asking.spelling import WordIndex
from workflows.asking.vocabulary import Entity, Vocabulary
from workflows.asking.words import Words

_SCALE = {"k": 1_000, "m": 1_000_000, "mn": 1_000_000, "mio": 1_000_000, "bn": 1_000_000_000, "b": 1_000_000_000}
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP"}
_CODES = {
    "usd": "USD",
    "eur": "EUR",
    "gbp": "GBP",
    "dollars": "USD",
    "dollar": "USD",
    "bucks": "USD",
    "euros": "EUR",
    "euro": "EUR",
    "pounds": "GBP",
    "pound": "GBP",
    "quid": "GBP",
    "sek": "SEK",
    "chf": "CHF",
    "nok": "NOK",
    "dkk": "DKK",
}
_PLACES = frozenset(["US", "IT", "ME"])
_FUNCTION = frozenset(
    ["with", "from", "into", "have", "been", "being", "does", "having", "that", "this", "they", "them", "their", "these",
     "those", "there", "here", "what", "where", "which", "whose", "whats", "your", "ours", "show", "tell", "give", "gimme",
     "please", "thanks", "thank", "hello", "know", "want", "need", "much", "then", "also", "either", "both", "will", "when"]
)  # fmt: skip
_MARKS = frozenset(",;&:()=+<>%$€£")


@dataclass(frozen=True, slots=True)
class Number:
    """`unit`: "" plain, "%" percent (the value is then 0 to 1), or a currency code."""

    value: Decimal
    unit: str = ""


@dataclass(slots=True)
class Item:
    """Tokens `start` to `end` and what they can be. `note` tells how a name was understood (typo, part of a name)."""

    start: int
    end: int
    text: str
    kinds: dict[str, Any]
    note: str = ""
    used: bool = False

    def has(self, kind: str, value: str | None = None) -> bool:
        return kind in self.kinds and (value is None or self.kinds[kind] == value)

    @property
    def entities(self) -> tuple[Entity, ...]:
        found: tuple[Entity, ...] = self.kinds.get("entity", ())
        return found

    @property
    def reading(self) -> Reading | None:
        return self.kinds.get("period")


@dataclass(slots=True)
class Chart:
    tokens: list[Token]
    items: list[Item]
    notes: list[str] = field(default_factory=list)

    def with_item(self, old: Item, kinds: Mapping[str, Any], note: str = "") -> "Chart":
        """A copy in which one item is something else; nothing is used yet."""
        items = [
            Item(i.start, i.end, i.text, dict(kinds) if i is old else dict(i.kinds), note or i.note if i is old else i.note)
            for i in self.items
        ]
        return Chart(self.tokens, items, list(self.notes))


def correct(tokens: Sequence[Token], words: Words, vocabulary: Vocabulary) -> tuple[list[Token], dict[int, str]]:
    """Unknown words that are one edit from exactly one known word are put right; returns the changed positions.

    Several near words of one name are left to be asked about as the name they share, if any.
    """
    fixed, changed = list(tokens), {}
    for place, token in enumerate(tokens):
        if not _may_be_typo(token, words, vocabulary):
            continue
        near = set(words.index.near(token.text))
        if place and token.raw[0].isupper() and not _titled(fixed):
            near &= TIME_WORDS  # written like a name: no slip of a common word
        near |= set(vocabulary.index.near(token.text))
        near = _preferred(token.text, near, words) or _part_of_person(tokens, place, vocabulary)
        if len(near) == 1:
            word = near.pop()
            fixed[place] = replace(token, text=word, raw=word)
            changed[place] = token.raw
    return fixed, changed


def _may_be_typo(token: Token, words: Words, vocabulary: Vocabulary) -> bool:
    text = token.text
    return (
        len(text) >= 4
        and text.isalpha()
        and text not in words.known
        and text not in words.real
        and text not in GRAMMAR_WORDS
        and text not in vocabulary.words
        and squash(text) not in vocabulary.exact
        and text not in vocabulary.person_words
    )


def _part_of_person(tokens: Sequence[Token], place: int, vocabulary: Vocabulary) -> set[str]:
    """A name one edit away, beside the other name of the same person."""
    found: set[str] = set()
    for beside in (place - 1, place + 1):
        if 0 <= beside < len(tokens):
            people = vocabulary.person_named(tokens[beside].text)
            found.update(word for person in people for word in fold(person.label).split())
    return set(WordIndex(found).near(tokens[place].text))


def _preferred(text: str, near: set[str], words: Words) -> set[str]:
    """Singular and plural of one word are one, and so are words that mean the same; otherwise all stay."""
    stems = {words.meanings.get(word, word.removesuffix("s")) for word in near}
    if len(stems) > 1:
        stems = {word.removesuffix("s") for word in near}
    return {min(near, key=lambda word: (abs(len(word) - len(text)), word))} if len(stems) == 1 and near else near


def build(tokens: list[Token], words: Words, vocabulary: Vocabulary, ctx: PeriodContext) -> Chart:
    fixed, changed = correct(tokens, words, vocabulary)
    items: list[Item] = []
    at = 0
    while at < len(fixed):
        item = _longest(fixed, at, words, vocabulary, ctx)
        _note_typo(item, changed, fixed)
        items.append(item)
        at = item.end
    return Chart(fixed, items)


def _note_typo(item: Item, changed: Mapping[int, str], tokens: Sequence[Token]) -> None:
    if "filler" in item.kinds and len(item.kinds) == 1:
        return
    wrong = [(changed[n], tokens[n].text) for n in range(item.start, item.end) if n in changed]
    if wrong and "unknown" not in item.kinds:
        what = (
            item.entities[0].label
            if len(item.entities) == 1 and "metric" not in item.kinds
            else " ".join(w for _, w in wrong)
        )
        item.note = f"“{' '.join(w for w, _ in wrong)}” read as {what}"


def _longest(tokens: list[Token], at: int, words: Words, vocabulary: Vocabulary, ctx: PeriodContext) -> Item:
    found: list[tuple[int, str, Any, str]] = []  # end, kind, value, note
    if hit := find_period(tokens, at, ctx):
        found.append((hit[0], "period", hit[1], ""))
    for phrase in words.table.get(tokens[at].text, ()):
        if all(at + n < len(tokens) and tokens[at + n].text == word for n, word in enumerate(phrase.words)):
            found.append((at + len(phrase.words), phrase.kind, phrase.value, ""))
    found += _names(tokens, at, vocabulary, words, bool(found))
    if number := _number(tokens, at):
        found.append((number[0], "number", number[1], ""))
    if not found or (all(kind == "filler" and stop == at + 1 for stop, kind, *_ in found) and _is_place(tokens, at)):
        kind = "mark" if tokens[at].text in _MARKS else "unknown"
        return Item(at, at + 1, tokens[at].raw, {kind: ""})
    end = max(end for end, *_ in found)
    kinds: dict[str, Any] = {}
    note = ""
    for stop, kind, value, text in found:
        if stop == end and kind not in kinds:
            kinds[kind] = value
            note = note or text
    return Item(at, end, " ".join(token.raw for token in tokens[at:end]), kinds, note)


def _names(
    tokens: list[Token], at: int, vocabulary: Vocabulary, words: Words, known: bool
) -> list[tuple[int, str, Any, str]]:
    """Whole names; else parts of names (said so); else first or last names of people, where no word is meant."""
    found: list[tuple[int, str, Any, str]] = []
    exact = vocabulary.lookup(tokens, at)
    part = vocabulary.lookup_part(tokens, at)
    if exact and exact[0][0] == 1 and _is_small_word(tokens, at, words):
        exact = []
    if exact:
        count, entities = exact[0]
        if part and part[0][0] == count:
            entities = _with_projects(entities, part[0][1])
        found.append((at + count, "entity", _readings(tokens, at, count, entities, part, vocabulary), ""))
    if part and (not exact or part[0][0] > exact[0][0]) and not (known and part[0][0] == 1):
        count, entities = part[0]
        entities = _family(tokens, at, count, entities, vocabulary)
        note = (
            f"“{' '.join(t.raw for t in tokens[at : at + count])}” read as {entities[0].label}" if len(entities) == 1 else ""
        )
        found.append((at + count, "entity", entities, note))
    a_name = not exact and not part and (not known or tokens[at].possessive)
    if a_name and _can_be_person(tokens, at) and (people := vocabulary.person_named(tokens[at].text)):
        label = f"“{tokens[at].raw}” read as {people[0].label}" if len(people) == 1 else ""
        found.append((at + 1, "entity", people, label))
    return found


_BEFORE_PERSON = frozenset(
    ["did", "does", "do", "has", "have", "for", "by", "from", "about", "and", "or", "to", "than", "vs", "versus", "but",
     "except", "only", "just", "with", "without", "of", "meant", "mean", "not", "also", "plus", "person", "user",
     "colleague"]
)  # fmt: skip
_AFTER_PERSON = frozenset(
    ["spend", "spends", "spent", "cost", "costs", "use", "uses", "used", "using", "has", "hold", "holds"]
)


def _can_be_person(tokens: list[Token], at: int) -> bool:
    """A first or last name alone is a person where it is written like a name or stands where people stand: will, price and
    may are words."""
    token = tokens[at]
    if token.possessive or len(tokens) == 1 or (at and token.raw[:1].isupper()):
        return True
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return before in _BEFORE_PERSON or (not before and after in _AFTER_PERSON)


def _is_place(tokens: list[Token], at: int) -> bool:
    """US spend, IT's spend: no pronouns where only they are in capitals."""
    if tokens[at].raw.split("'")[0].split("’")[0] not in _PLACES:
        return False
    return not all(t.raw.isupper() for t in tokens if t.raw.isalpha())


def _is_small_word(tokens: list[Token], at: int, words: Words) -> bool:
    """ "it" is the department IT only where it is written so; a department Data is told from data by its place."""
    token = tokens[at]
    small = any(phrase.kind == "filler" and phrase.words == (token.text,) for phrase in words.table.get(token.text, ()))
    small = small and (len(token.text) < 4 or token.text in _FUNCTION)
    shouted = all(t.raw.isupper() for t in tokens if t.raw.isalpha())
    bare = re.split("['’]", token.raw)[0]
    written = bare.isupper() or (at > 0 and len(bare) > 2 and bare[0].isupper() and not _titled(tokens))
    return small and (not written or shouted)


def _titled(tokens: list[Token]) -> bool:
    """Most words begin with a capital: capitals say nothing then."""
    words = [token.raw for token in tokens if token.raw.isalpha()]
    return sum(word[0].isupper() for word in words) * 2 > len(words)


def _readings(
    tokens: list[Token],
    at: int,
    count: int,
    exact: tuple[Entity, ...],
    part: list[tuple[int, tuple[Entity, ...]]],
    vocabulary: Vocabulary,
) -> tuple[Entity, ...]:
    """What a whole name can mean; an alias that also begins the names of models can mean those, too."""
    aliased = all(
        e.dimension == "tool" and squash(e.value) != squash("".join(t.text for t in tokens[at : at + count])) for e in exact
    )
    if not aliased:
        return exact
    same = part[0][1] if part and part[0][0] == count else ()
    models = tuple(e for e in same if e.dimension == "model")
    return _family(tokens, at, count, (*exact, *models), vocabulary)


def _family(
    tokens: list[Token], at: int, count: int, entities: tuple[Entity, ...], vocabulary: Vocabulary
) -> tuple[Entity, ...]:
    """Several models of one name are one reading; several tools of one vendor can also mean all of the vendor's."""
    models = [e for e in entities if e.dimension == "model"]
    tools = [e for e in entities if e.dimension == "tool"]
    rest = [e for e in entities if e.dimension not in ("model", "tool")]
    if len(models) > 1:
        names = tuple(sorted(e.value for e in models))
        word = " ".join(t.raw for t in tokens[at : at + count])
        label = f"{word} models ({', '.join(names)})" if len(names) < 4 else f"{word} models ({len(names)} of them)"
        models = [Entity("model", names[0], label, names[1:])]
    vendors = {vocabulary.tools[e.value].vendor for e in tools}
    if len(tools) > 1 and len(vendors) == 1 and not any(e.dimension == "vendor" for e in rest):
        vendor = vendors.pop()
        return (Entity("vendor", vendor, f"everything from {vendor}"), *rest, *tools, *models)
    return (*rest, *tools, *models)


def _with_projects(exact: tuple[Entity, ...], part: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """A department called like the first word of a project can mean either."""
    if any(e.dimension == "department" for e in exact):
        head = squash(exact[0].value)
        return (*exact, *(e for e in part if e.dimension == "project" and squash(e.value).startswith(head)))
    return exact


def _number(tokens: list[Token], at: int) -> tuple[int, Number] | None:
    """10k, $10k, 5k€, 90 %, 500 bucks, 2.5 million, 1,000."""
    unit, place = "", at
    if tokens[at].text in _SYMBOLS:
        unit, place = _SYMBOLS[tokens[at].text], at + 1
    if place >= len(tokens) or (value := _amount(tokens[place].text)) is None:
        return None
    after = place + 1
    word = tokens[after].text if after < len(tokens) else ""
    if word in ("million", "thousand", "grand", "billion", *_SCALE):
        value *= {"million": 1_000_000, "thousand": 1_000, "grand": 1_000, "billion": 1_000_000_000}.get(word) or _SCALE[
            word
        ]
        after += 1
        word = tokens[after].text if after < len(tokens) else ""
    if word in ("%", "percent", "pct"):
        return after + 1, Number(value / 100, "%")
    if not unit and (word in _SYMBOLS or word in _CODES):
        return after + 1, Number(value, _SYMBOLS.get(word) or _CODES[word])
    if unit and word in _CODES:
        after += 1
    return after, Number(value, unit)


def _amount(text: str) -> Decimal | None:
    head = text.replace(",", "")
    scale = next((s for s in sorted(_SCALE, key=len, reverse=True) if head.endswith(s) and head[: -len(s)]), "")
    digits = head.removesuffix(scale) if scale else head
    if digits.replace(".", "", 1).isdigit():
        return Decimal(digits) * (_SCALE[scale] if scale else 1)
    return Decimal(NUMBERS[text]) if text in NUMBERS else None
