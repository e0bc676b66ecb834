"""What is recognised before a question is read: help, small talk, actions, other languages, and what Bursar cannot know.

Patterns run over the cleaned, folded text. An action is only ever offered, never done; injection is text like any other.
"""

import re

from workflows.asking.actions import action
from workflows.asking.normalise import fold
from workflows.asking.parsed import Clarify, Help, Parsed, SmallTalk, Unsupported
from workflows.asking.topics import TOPICS

_HELP = re.compile(
    r"(help|help me|\?+|what can (you|i) (do|ask|see)( here| for me| you)*|how does (this|it) work|how do i use (this|"
    r"you|bursar)|"
    r"what('?s| is| are) an? [\w-]+( [\w-]+)?|what (does|do|is) .{1,40} (mean|means)|define .{1,40}|definition of .{1,40}|"
    r"how (is|are|do you) .{1,40} (calculated?|computed?|defined?|measured?)|"
    r"commands|usage help|menu|what do you do|who are you|what are you|examples?|get started|start)[ ?!.]*"
)
_SMALL = re.compile(
    r"((hi|hello|hey|yo|thanks|thank you|thx|ty|cheers|great|nice|cool|ok|okay|perfect|awesome|good (morning|afternoon|"
    r"evening|job)|"
    r"bye|goodbye|got it|well done|lol|never ?mind|that'?s all|merci|danke|much appreciated|please|there|bursar|so much|"
    r"a lot|"
    r"very much|again|team|everyone|all)[ ,!.?:)]*)+"
)


_FOREIGN = frozenset(
    word
    for line in (
        "wie viel haben wir fur ausgegeben kosten letzten letzte monat monats jahr quartal ausgaben welche abteilung",
        "zeige cuanto gastamos gasto gastado mes pasado por departamento cuales nosotros en octubre el ano combien",
        "avons nous depense depenses depensons le mois dernier par equipe quel quelle cout couts hur mycket har vi",
        "spenderat kostade forra manaden avdelning quanto abbiamo speso mese scorso spesa per reparto hoeveel hebben",
        "we uitgegeven vorige maand uitgaven quanto gastamos passado ultimo ile",
    )
    for word in line.split()
)
_ENGLISH = frozenset(
    [
        "the",
        "did",
        "we",
        "how",
        "much",
        "what",
        "spend",
        "spent",
        "cost",
        "on",
        "last",
        "month",
        "by",
        "for",
        "our",
        "is",
        "are",
        "per",
        "and",
        "of",
        "in",
        "year",
    ]
)


_OVERRIDE = re.compile(
    r"\b(ignore|forget|disregard|bypass|override|skip|drop|lift|turn off|disable|suspend)\b.{0,24}\b(instructions?|rules|"
    r"prompts?|guardrails?|permissions?|restrictions?|access control|polic(y|ies)|rights|limits|checks|filters|safety)\b|"
    r"\byou are (now|no longer)\b|\b(admin|god|root|debug|developer|maintenance|dan) mode\b|\bjailbreak|"
    r"\b(act|answer|respond|behave|speak) as (if|though|root|an? |the )|\bgrant me\b|\bmake me (an? )?(admin|owner)|"
    r"\bpretend\b|\brole ?play\b|^\W*(system|assistant|developer)\W{0,3}:|\bnew instructions?\b|"
    r"\b(previous|prior|above|earlier) instructions?\b|\brepeat (the|everything|all) .{0,12}above\b"
)


def guard(text: str, without_names: str | None = None) -> Parsed | None:
    """What the text is when it is not a question over the data; None when it has to be read.

    Topics are looked for in `without_names`: a model called Haiku is no poem.
    """
    plain = fold(text).replace("’", "'").strip()
    if not plain or not any(c.isalnum() or c == "?" for c in plain) or _HELP.fullmatch(plain):
        return Help()
    if _SMALL.fullmatch(plain):
        return SmallTalk("You're welcome." if re.search(r"than|thx|cheers|appreciated", plain) else "Hello.")
    topical = fold(without_names if without_names is not None else text).replace("’", "'")
    if foreign := _foreign(plain):
        return foreign
    if _OVERRIDE.search(topical):
        return Unsupported("instructions", "I take no instructions about rights or about how I work from a question.",
                           "Ask the question itself: what you may see depends on who you are.")  # fmt: skip
    if (wanted := action(plain)) is not None:
        return wanted
    return next((Unsupported(t.reason, t.text, t.offer) for t in TOPICS if t.pattern.search(topical)), None)


def _foreign(plain: str) -> Clarify | None:
    words = re.findall(r"[^\W\d_]+", plain)
    other = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH for word in words)
    letters = [c for c in plain if c.isalpha()]
    if letters and sum(ord(c) > 0x24F for c in letters) * 2 > len(letters):
        other, english = 9, 0
    if other >= 2 and other > english + 1:
        return Clarify("modifier", "I only read English so far. Could you ask in English?", words=tuple(words[:4]))
    return None
