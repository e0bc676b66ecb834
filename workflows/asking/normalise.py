"""A question's text as tokens: one form for what looks the same, nothing invisible, bounded length."""

import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 500

# A number with thousands separators or a fraction, a word of letters and digits, or a symbol that carries meaning.
_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\d.])\d+\.\d+(?!\.?\d)|[^\W_]+(?:['’][^\W\d_]+)?|[$€£%,;:&+=<>()?!]|['’/\-–—_.]"
)
_GLUE = "'’/-–—_."
_DROPPED = "?!"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is lower-case; `glue` is the joining character before it (Jan-Mar, 10/11, Oct '25), `raw` as it was written."""

    text: str
    raw: str
    glue: str = ""
    possessive: bool = False
    tight: bool = False  # no space between it and the token before

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()


def clean(text: str) -> str:
    """NFKC, without control, format (bidi, zero-width) and private characters; spaces are single."""
    text = unicodedata.normalize("NFKC", text)
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text if unicodedata.category(c) not in
            ("Cf", "Cs", "Co", "Cn"))  # fmt: skip
    return " ".join("".join(kept).split())


def too_long(text: str) -> bool:
    return len(clean(text)) > MAX_LENGTH


def fold(text: str) -> str:
    """Case and accents out: "Zoë" and "zoe" are one word."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def squash(text: str) -> str:
    """A name as the vocabulary is keyed: folded, letters and digits only (`GitHub Copilot` = `github-copilot`)."""
    folded = fold(text)
    return folded if folded.isalnum() else "".join(c for c in folded if c.isalnum())


def _word(raw: str) -> tuple[str, bool]:
    """(text, possessive) of a word that may carry an apostrophe: engineering's, don't, we're."""
    lowered = fold(raw.replace("’", "'"))
    if lowered.endswith("'s"):
        return lowered[:-2], True
    if lowered.endswith("n't"):
        return lowered.replace("'", ""), False
    head, mark, _ = lowered.partition("'")
    return (head, False) if mark and len(lowered) - len(head) <= 3 else (lowered.replace("'", ""), False)


def tokenise(text: str) -> list[Token]:
    """The tokens of a cleaned text, at most MAX_LENGTH characters of it. Sentence marks are left out, commas stay."""
    text = clean(text)[:MAX_LENGTH]
    tokens: list[Token] = []
    glue, end = "", 0
    for found in _TOKEN.finditer(text):
        raw = found.group()
        if raw in _DROPPED:
            glue = ""
        elif raw in _GLUE:
            glue = {"–": "-", "—": "-", "’": "'", "_": "-"}.get(raw, raw)
        else:
            word, possessive = _word(raw) if raw[0].isalnum() else (raw, False)
            if word:
                tokens.append(Token(word, raw, glue, possessive, tight=found.start() == end and end > 0))
            glue = ""
        end = found.end()
    return tokens
