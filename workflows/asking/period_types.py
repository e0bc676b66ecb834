"""What a span of time in a question means, and what it depends on: the day, the calendar, the metric's direction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from storage.spend_query import Grain, Period
from workflows.asking.fiscal import Days, FiscalCalendar, Unit
from workflows.asking.normalise import Token

FIRST_DAY = date.min  # "the first day with data": whoever computes replaces it and prints the day
Direction = Literal["flow", "stock", "plan", "event"]  # looks back, as of a day, looks ahead, looks ahead

MONTHS = {name: number for number, names in enumerate((
    ("january", "jan"), ("february", "feb", "febr"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
    ("july", "jul"), ("august", "aug"), ("september", "sep", "sept"), ("october", "oct"), ("november", "nov"),
    ("december", "dec")), 1) for name in names}  # fmt: skip
WEEKDAYS = {name: number for number, names in enumerate((
    ("monday", "mon"), ("tuesday", "tue", "tues"), ("wednesday", "wed"), ("thursday", "thu", "thurs"),
    ("friday", "fri"), ("saturday", "sat"), ("sunday", "sun"))) for name in names}  # fmt: skip
NUMBERS = {word: number for number, word in enumerate(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen"])} | {
    "eighteen": 18, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90, "couple": 2}  # fmt: skip
UNITS: dict[str, Unit] = {
    "day": "day", "days": "day", "week": "week", "weeks": "week", "wk": "week", "wks": "week", "month": "month",
    "months": "month", "mo": "month", "mos": "month", "mth": "month", "mths": "month", "quarter": "quarter",
    "quarters": "quarter", "qtr": "quarter", "qtrs": "quarter", "half": "half", "halves": "half", "year": "year",
    "years": "year", "yr": "year", "yrs": "year",
}  # fmt: skip
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
# Words that are about time, so that a typo of one is corrected to it.
TIME_WORDS = frozenset(
    [*MONTHS, *WEEKDAYS, *UNITS, "yesterday", "today", "tomorrow", "previous", "fiscal", "weekend", "current", "trailing",
     "rolling", "financial", "calendar", "quarterly", "monthly", "weekly", "recently", "summer", "lately", "currently",
     "business", "since", "between", "during"])  # fmt: skip

# Words of the grammar that are never typos.
GRAMMAR_WORDS = TIME_WORDS | frozenset(NUMBERS) | frozenset(ORDINALS) | frozenset(
    ["last", "past", "next", "previous", "prior", "lst", "prev", "preceding", "coming", "upcoming", "forward",
        "following", "this", "since", "until", "till", "before", "after", "through", "thru", "between", "during",
        "within", "early", "late", "middle", "start", "beginning", "end", "ending", "commencing", "weekend",
        "fortnight", "fortnights", "date", "ever", "lifetime", "inception", "overdue", "peak", "month-end", "eoy",
        "eom", "eoq", "mtd", "qtd", "ytd", "wtd", "htd", "fytd", "cytd", "pytd", "ptd", "ttm", "ltm", "ntm", "yday",
        "rest", "remainder", "remaining", "balance", "full", "whole", "entire", "half", "period", "periods", "ago",
        "earlier", "back", "year-end", "holidays", "friday", "pilot", "black", "summer", "moment", "present",
        "business", "working", "workday", "workdays", "week", "weekends", "calendar", "same", "time", "tomorrow", "days",
        "hours"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeriodContext:
    """`kind` is the direction of the question's metric; `day_first` how 10/11/2026 is to be read (None: ask)."""

    today: date
    calendar: FiscalCalendar
    kind: Direction = "flow"
    day_first: bool | None = None
    is_holiday: Callable[[date], bool] = field(default=lambda day: False)

    @property
    def tomorrow(self) -> date:
        return self.today + timedelta(days=1)

    @property
    def looks_ahead(self) -> bool:
        return self.kind in ("plan", "event")


@dataclass(frozen=True, slots=True)
class Reading:
    """Half-open. `unit` and `count` say what it is made of (for the span before it); None = just days.

    `grain`: the words also ask for a series ("August and September"). `note` is an assumption to be stated.
    `moment`: a day to look at, not a span. `ask`: the words are not clear; `choices` are what they could be, perhaps none.
    """

    start: date
    end: date
    label: str
    unit: Unit | None = None
    count: int = 1
    note: str = ""
    grain: Grain | None = None
    moment: bool = False
    compare: "Reading | None" = None
    to_date: bool = False
    ask: str = ""
    choices: tuple["Reading", ...] = ()
    growth: bool = False  # the words are about change: MoM, YoY
    special: str = ""  # rolling_average, peak, overdue

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def period(self) -> Period:
        return Period(start=self.start, end=self.end, label=self.label)

    def noted(self, note: str) -> "Reading":
        return replace(self, note=f"{self.note}; {note}" if self.note else note)


Found = tuple[int, Reading]  # (index after the last token used, what they mean)


def unclear(question: str, *choices: Reading) -> Reading:
    return Reading(FIRST_DAY, FIRST_DAY, "", ask=question, choices=choices)


def show(day: date) -> str:
    return "the first day with data" if day == FIRST_DAY else day.isoformat()


def of_unit(ctx: PeriodContext, unit: Unit, day: date, shift: int = 0, label: str = "") -> Reading:
    """The unit `shift` from the one that `day` is in."""
    start, end = ctx.calendar.containing(unit, day, shift)
    note = ""
    if unit == "month" and ctx.calendar.in_weeks:
        note = f"a month is a fiscal period of the {ctx.calendar.fiscal.calendar} calendar"
    if unit == "year" and not ctx.calendar.is_calendar_year:
        note = "the fiscal year"
    return Reading(start, end, label or ctx.calendar.label(unit, start), unit, note=note)


def span(days: Days, label: str, unit: Unit | None = None, count: int = 1, note: str = "") -> Reading:
    return Reading(days[0], days[1], label, unit, count, note)


class Cursor:
    """Looks at tokens by position; every method returns the position after what it matched, or None."""

    def __init__(self, tokens: Sequence[Token], ctx: PeriodContext) -> None:
        self.tokens, self.ctx = tokens, ctx

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def glue(self, at: int) -> str:
        return self.tokens[at].glue if 0 <= at < len(self.tokens) else ""

    def phrase(self, at: int, *phrases: str) -> int | None:
        """After the longest of the phrases (words with single spaces) that stands at `at`."""
        best = None
        for phrase in phrases:
            words = phrase.split()
            if all(self.text(at + n) == word for n, word in enumerate(words)):
                best = max(best or 0, at + len(words))
        return best

    def skip(self, at: int, *phrases: str) -> int:
        """After one of the phrases if there is one, else `at`."""
        return self.phrase(at, *phrases) or at

    def number(self, at: int) -> tuple[int, int] | None:
        """(position after, value) of digits or a number word."""
        text = self.text(at)
        if text in ("a",) and self.text(at + 1) == "couple":
            return self.skip(at + 2, "of"), 2
        if text.isdigit() and len(text) <= 4:
            return at + 1, int(text)
        if text in NUMBERS:
            return self.skip(at + 1, "of") if text == "couple" else at + 1, NUMBERS[text]
        return None

    def year_number(self, at: int) -> tuple[int, int] | None:
        """(position after, four-digit year) of 2026 or '26."""
        text = self.text(at)
        if text.isdigit() and len(text) == 4 and 1900 <= int(text) <= 2100:
            return at + 1, int(text)
        if text.isdigit() and len(text) == 2 and self.glue(at) == "'":
            return at + 1, 2000 + int(text)
        return None
