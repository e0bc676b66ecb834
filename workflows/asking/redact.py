"""A question without what it says of persons: names, addresses, amounts and long numbers become placeholders. Pure.

A word that may be a name and may be a word ("may", "bill") goes where it is written as a name or stands beside one. Two
words with capitals that nothing knows go as well, for people whom the directory does not have: rather too much than too
little, and so does whatever looks like an identifier.
"""

import re
from collections.abc import Iterable, Sequence

from workflows.asking.normalise import clean, fold, squash
from workflows.asking.period_types import GRAMMAR_WORDS
from workflows.asking.spelling import WordIndex
from workflows.asking.vocabulary import Vocabulary

PERSON, EMAIL, LINK, AMOUNT, NUMBER = "[person]", "[e-mail]", "[link]", "[amount]", "[number]"
PLACEHOLDERS = (PERSON, EMAIL, LINK, AMOUNT, NUMBER)
_MANY = 5  # digits that can name an account, an invoice, a card or a telephone

_CURRENCY = r"(?:usd|eur|gbp|sek|nok|dkk|chf|dollars?|bucks|euros?|pounds?|kronor|francs?)"
_SCALE = r"(?:k|m|mn|mio|bn|thousand|million|billion)"
_FIGURE = r"\d[\d.,]*"
_SHAPES = (
    (re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE), LINK),
    (re.compile(r"<?[\w.+'-]+@[\w-]+(?:\.[\w-]+)+>?"), EMAIL),
    (re.compile(r"<@[^>]*>|(?<![\w.])@[^\W\d][\w.-]*(?:\s[A-ZÀ-Ý][\w'’-]*)?"), PERSON),
    (re.compile(r"(?<!\w)(?:[A-ZÀ-Ý]\.\s?)+[A-ZÀ-Ý][\w'’-]+"), PERSON),  # J. Smith
    (re.compile(r"(?<!\w)#\w*\d[\w-]*"), NUMBER),
)
_AMOUNTS = (
    re.compile(rf"(?:[$€£]|\b{_CURRENCY}\b)\s?{_FIGURE}(?:\s?{_SCALE}\b)?(?:\s?(?:[$€£]|{_CURRENCY}\b))?", re.IGNORECASE),
    re.compile(rf"\b{_FIGURE}(?:\s?{_SCALE})?\s?(?:[$€£]|{_CURRENCY}\b)", re.IGNORECASE),
    re.compile(rf"\b{_FIGURE}\s?{_SCALE}\b", re.IGNORECASE),
    re.compile(r"\b\d{1,3}(?:[.,']\d{3})+\b(?:[.,]\d+)?|\b\d+[.,]\d{2}\b"),
)
_DAY = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPACED = re.compile(r"(?<![\w,.$€£-])[+(]?\d[\d ()./-]{4,}\d(?!\w)")  # a telephone or a card in groups
_CODE = re.compile(r"(?<!\w)[\w-]*\d[\w-]*")
_NAMED_NUMBER = re.compile(
    r"\b(id|no\.?|nr\.?|number|ticket|case|order|invoice|employee|account|card|badge|po)(\s*[:#]?\s*)(?!(?:19|20)\d\d\b)\d+\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"(?:(?:fy|cy|[qhwpm]|jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)?[-/.]?(?:(?:19|20)\d\d|\d{1,2})"
    r"(?:st|nd|rd|th|[dwmyhqk])?[-/.]?)+",
    re.IGNORECASE,
)
_BEFORE_A_PERSON = frozenset(["from", "for", "by", "of", "to", "with", "and", "ask", "about"])
_ARTICLES = frozenset(["the", "a", "an", "our", "my", "your", "this", "that", "these", "those"])
_WORD = re.compile(r"\[[a-z-]+\]|[^\W_]+(?:[-'’][^\W_]+)*")


def redact(text: str, vocabulary: Vocabulary) -> str:
    """As it was written, with placeholders. Names are those of the directory, also mistyped by one letter."""
    text = clean(text)
    for pattern, placeholder in _SHAPES:
        text = pattern.sub(placeholder, text)
    text = _NAMED_NUMBER.sub(rf"\1\2{NUMBER}", text)
    text = _SPACED.sub(_long_number, text)
    for pattern in _AMOUNTS:
        text = pattern.sub(AMOUNT, text)
    text = _CODE.sub(lambda found: _code(found, vocabulary), text)
    return re.sub(r"\[person\](?:[ -]\[person\])+", PERSON, _without_people(text, vocabulary))


def normal(text: str) -> str:
    """One form for what is asked alike: case, accents, spaces and the marks at its end do not count."""
    return " ".join(fold(clean(text)).strip(" ?!.,;:…\"'“”").split())


def _long_number(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    harmless = sum(map(len, groups)) < _MANY or _DAY.fullmatch(found[0]) or all(_YEAR.fullmatch(part) for part in groups)
    return found[0] if harmless else NUMBER


def _code(found: re.Match[str], vocabulary: Vocabulary) -> str:
    """Letters and figures together that are no name and no time: an employee, a ticket, a key."""
    word = found[0]
    parts = [part for part in fold(word).split("-") if part]
    known = all(part in vocabulary.words or part in vocabulary.phrases.known for part in parts)
    if known or _is_name(word, vocabulary):
        return word
    if any(map(str.isalpha, word)):
        if _TIMES.fullmatch(word):
            return word
        if sum(map(str.isdigit, word)) >= 3 or (len(word) >= 6 and word.isupper()):
            return NUMBER
    return _long_number(found)


def _is_name(word: str, vocabulary: Vocabulary) -> bool:
    return any(entity.dimension != "person" for entity in vocabulary.exact.get(squash(word), ()))


class _People:
    """Which words name people, in the directory's eyes."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.index = WordIndex(vocabulary.person_words)

    def known(self, word: str) -> bool:
        """A word of questions, or of a name that is not a person's."""
        return _is_name(word, self.vocabulary) or all(
            part.isdigit() or part in self.vocabulary.phrases.known or part in GRAMMAR_WORDS or part in self.vocabulary.words
            for part in fold(word).split("-")
        )

    def may_be(self, word: str) -> bool:
        parts = [squash(part) for part in (word, *re.split(r"[-'’]", word))]
        return any(len(part) > 1 and part in self.vocabulary.person_words for part in parts)

    def is_one(self, word: str, opens: bool) -> bool:
        """`opens`: the sentence begins with it, so that a capital says nothing."""
        if self.may_be(word):
            is_word = fold(word) in self.vocabulary.phrases.known or fold(word) in GRAMMAR_WORDS
            return not self.known(word) or (is_word and word[0].isupper() and not word.isupper() and not opens)
        return len(word) >= 5 and word.isalpha() and not self.known(word) and bool(self.index.near(squash(word)))

    def is_full_name(self, first: str, last: str) -> bool:
        found = self.vocabulary.exact.get(squash(first + last), ())
        return any(entity.dimension == "person" for entity in found)


def _without_people(text: str, vocabulary: Vocabulary) -> str:
    people, found = _People(vocabulary), list(_WORD.finditer(text))
    words = [match[0].removesuffix("'s").removesuffix("’s") for match in found]
    marked = [word == PERSON or (word[0] != "[" and people.is_one(word, at == 0)) for at, word in enumerate(words)]
    for at in range(len(words) - 1):
        named = _beside(text, found, at) and people.is_full_name(words[at], words[at + 1])
        if named or (not marked[at] and _is_stranger(people, text, found, words, at)):
            marked[at] = marked[at + 1] = True
    _spread(people, text, found, words, marked)
    for match, word, person in reversed(list(zip(found, words, marked, strict=True))):
        if person and word != PERSON:
            text = text[: match.start()] + PERSON + text[match.start() + len(word) :]
    return text


def _is_stranger(people: _People, text: str, found: Sequence[re.Match[str]], words: Sequence[str], at: int) -> bool:
    """Two words written as a person's name: both unknown, or one of them after "from", "for", "by" …; not after an article
    ("the Blue Tool"), and no name of a tool, a department or the like."""
    first, last = words[at], words[at + 1]
    before = fold(words[at - 1]) if at else ""
    capitals = first[0].isupper() and last[0].isupper() and not (first.isupper() and last.isupper() and len(first) < 3)
    if not capitals or not _beside(text, found, at) or before in _ARTICLES:
        return False
    if any(
        _is_name(name, people.vocabulary) or fold(name) in people.vocabulary.words for name in (first, last, first + last)
    ):
        return False
    unknown = [not people.known(word) for word in (first, last)]
    return all(unknown) or (before in _BEFORE_A_PERSON and any(unknown))


def _spread(people: _People, text: str, found: Sequence[re.Match[str]], words: Sequence[str], marked: list[bool]) -> None:
    """The rest of a name: beside a person, another word of a name, or a word with a capital that nothing else knows."""
    order: Iterable[tuple[int, int]] = [(at, at + 1) for at in range(len(words) - 1)]
    for at, following in [*order, *((b, a) for a, b in reversed(list(order)))]:
        if not marked[at] or marked[following] or words[following][0] == "[":
            continue
        word = words[following]
        if _beside(text, found, min(at, following)) and (
            people.may_be(word) or (word[0].isupper() and not people.known(word))
        ):
            marked[following] = True


def _beside(text: str, found: Sequence[re.Match[str]], at: int) -> bool:
    """Only a space stands between the word at `at` and the next; a possessive ends a name."""
    return text[found[at].end() : found[at + 1].start()] == " " and not found[at][0].endswith(("'s", "’s"))
