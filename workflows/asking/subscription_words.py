"""What a text says of how often it wants an answer: "send me what Sales spent last week every Monday at 10"."""

import re
from dataclasses import dataclass
from datetime import time

from workflows.asking.period_types import WEEKDAYS
from workflows.asking.subscription_times import DAY_NAMES, LAST_DAY, QUARTER, Cadence, Recurrence
from workflows.business_time import CLOSES, OPENS


@dataclass(frozen=True)
class Wish:
    """None = not said. `refused`: what it asks for that there is not ("every hour")."""

    cadence: Cadence | None = None
    day: int | None = None
    at: time | None = None
    in_channel: bool = False
    refused: str = ""

    def recurrence(self) -> Recurrence:
        """With the usual for what was not said: every week, on Monday or the first, at the opening of the day."""
        return Recurrence(self.cadence or "week", self.at or OPENS, self.day or 1)


_NAMES = "|".join(WEEKDAYS)
_WEEKDAY = re.compile(rf"\b(?:every|each|on) ({_NAMES})s?\b|\b({_NAMES})s\b")
_MONTH_DAY = re.compile(
    r"\b(?:every|each|on|the) (?:the )?(\d{1,2})(?:st|nd|rd|th)\b(?: of (?:the|each|every) month)?|"
    r"\b(\d{1,2})(?:st|nd|rd|th) of (?:the|each|every) month\b"
)
_LAST_DAY = re.compile(r"\b((on|at) )?(the )?(last day|end) of (the|each|every) month\b|\bmonth[- ]end\b")
_FIRST_DAY = re.compile(r"\b((on|at) )?(the )?(first|first day|start|beginning) of (the|each|every) month\b")
_CLOCK = re.compile(r"\bat (\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|o'?clock)?\b")
_DAILY = re.compile(r"\b(daily|(every|each) (single )?(working |business |week ?)?(day|morning|evening|weekday|workday))\b")
_WEEKLY = re.compile(r"\b(weekly|(every|each) week|once a week)\b")
_MONTHLY = re.compile(r"\b(monthly|(every|each) month|once a month)\b")
_CADENCES: tuple[tuple[Cadence, re.Pattern[str]], ...] = (("day", _DAILY), ("week", _WEEKLY), ("month", _MONTHLY))
_REFUSED = re.compile(
    r"\b(hourly|quarterly|yearly|annually|biweekly|fortnightly|"
    r"(every|each) (hour|minute|quarter|year|fortnight|other \w+|second \w+|two \w+|weekend|\d+ (?!of)\w+)|"
    r"(start |end |first |first day |last day )of (the|every|each) (quarter|week|year)|"
    r"(when|if|as soon as|once it)\b[^.]*)"
)
_CHANNEL = re.compile(r"\b(to|in|into) (the|this) (channel|room|group|thread)\b|\bpost (this|that|it)\b|\bhere\b|\bto us\b")


def wish_in(text: str) -> Wish:
    """How often, on which day, at what time and where."""
    words = " ".join(text.lower().split())
    if refused := _REFUSED.search(words):
        return Wish(refused=refused[0])
    cadence = next((name for name, pattern in _CADENCES if pattern.search(words)), None)
    day: int | None = None
    if found := _WEEKDAY.search(words):
        cadence, day = "week", WEEKDAYS[found[1] or found[2]] + 1
        if day > len(DAY_NAMES):
            return Wish(refused=found[0])
    elif _LAST_DAY.search(words):
        cadence, day = "month", LAST_DAY
    elif _FIRST_DAY.search(words):
        cadence, day = "month", 1
    elif (found := _MONTH_DAY.search(words)) and 1 <= (number := int(found[1] or found[2])) <= LAST_DAY:
        cadence, day = "month", number
    return Wish(cadence, day, _time_in(words), bool(_CHANNEL.search(words)))


def _time_in(words: str) -> time | None:
    """A time within working hours at a quarter of an hour; any other is left to be chosen."""
    found = _CLOCK.search(words)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] == "pm" and hour < 12:
        hour += 12
    if not OPENS.hour <= hour < CLOSES.hour or minute >= 60 or minute % QUARTER:
        return None
    return time(hour, minute)


# -- The question within it --------------------------------------------------------------------------------------------

_ASKS = re.compile(
    r"^((please|pls|can you|could you|would you|kindly|and|ok|okay|yes|now|just|bursar,?|i want you to|i want to) )*"
    r"(send|post|e?mail|message|dm|deliver|remind|ping|notify|alert|subscribe|schedule|show|give|tell|report|share|"
    r"set a reminder)\b"
)
_TO_WHOM = re.compile(r"^( (me|us|the team|everyone)\b)?( (of|about|to|with|on)\b)?")
_EMPTY = frozenset(
    ["this", "that", "it", "these", "a", "the", "an", "report", "digest", "summary", "answer", "me", "us", "to", "of",
     "about", "same", "again", "please", "pls", "update", "at", "in", "on", "and", "for", "then", "number", "numbers",
     "figure", "figures", "one", "also", "too", "thanks"]
)  # fmt: skip


def subject_in(text: str) -> str:
    """The question without who, when and where: "what Sales spent last week"; empty for "send me this every Monday", which
    is about the answer before."""
    left = " ".join(text.split()).rstrip("?!. ")
    for pattern in (*_when(left.lower()), _CLOCK, _CHANNEL, _CHANNEL):
        if found := pattern.search(left.lower()):
            left = f"{left[: found.start()]} {left[found.end() :]}"
    left = " ".join(left.split()).strip(" ,;:")
    if asks := _ASKS.search(left.lower()):
        left = _TO_WHOM.sub("", left[asks.end() :]).strip(" ,;:")
    said = [word.strip(",;:") for word in left.lower().split()]
    return "" if all(word in _EMPTY or not word for word in said) else left


def _when(words: str) -> list[re.Pattern[str]]:
    """What says how often; a day leaves "monthly" to the question: "the monthly spend every Friday"."""
    if _WEEKDAY.search(words):
        return [_WEEKDAY]
    days = [pattern for pattern in (_LAST_DAY, _FIRST_DAY, _MONTH_DAY) if pattern.search(words)][:1]
    return [*days, _MONTHLY] if days else [pattern for _, pattern in _CADENCES]
