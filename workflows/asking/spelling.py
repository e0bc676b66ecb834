"""One-edit typos: which known words are one insertion, deletion, substitution or swap of neighbours away."""

from collections import defaultdict
from collections.abc import Iterable

MIN_LENGTH = 5  # of the known word


class WordIndex:
    """Known words by length. Only words of at least five letters are corrected to."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(set(words)):
            if len(word) >= MIN_LENGTH:
                self._by_length[len(word)].append(word)

    def near(self, word: str) -> list[str]:
        """The known words exactly one edit from `word`, in order."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        found: list[str] = []
        for length in (len(word) - 1, len(word), len(word) + 1):
            choices = self._by_length.get(length)
            if choices:
                hits = process.extract(word, choices, scorer=OSA.distance, score_cutoff=1, limit=None)
                found += [choice for choice, distance, _ in hits if distance == 1]
        return sorted(found)
