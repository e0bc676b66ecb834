"""The period grammar: words → a half-open span, an assumption to be stated, or a question back. No clock, no locale.

`find_period` reads the longest span that begins at a token; `read_period` a whole phrase. What each phrase means is the
convention of spec/asking.md: to date includes today, "last N days" are complete days, bare quarters are fiscal.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

from storage.spend_query import Grain
from workflows.asking.comparisons import cut_at_today, like_for_like, unit_before, year_before
from workflows.asking.normalise import Token, tokenise
from workflows.asking.period_dates import a_month, month_word
from workflows.asking.period_phrases import atom, opened
from workflows.asking.period_types import (
    FIRST_DAY,
    GRAMMAR_WORDS,
    TIME_WORDS,
    Cursor,
    Found,
    PeriodContext,
    Reading,
    of_unit,
    show,
    unclear,
)
from workflows.asking.period_units import complete, to_date, unit_word
from workflows.asking.spelling import WordIndex

_GRAINS: dict[str, Grain] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_ADVERBS: dict[str, Grain] = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
                              "yearly": "year", "annually": "year"}  # fmt: skip
_VERSUS = ("vs", "versus", "compared to", "compared with", "against", "relative to", "in comparison to", "than",
           "in comparison with", "as compared to", "v", "v s")  # fmt: skip
_OVER: dict[str, tuple[str, ...]] = {
    "month": ("month over month", "mom", "m m", "month on month", "m o m"),
    "quarter": ("quarter over quarter", "qoq", "q q", "quarter on quarter"),
    "week": ("week over week", "wow", "w w", "week on week"),
    "year": ("year over year", "yoy", "y y", "year on year", "y o y"),
}


def find_period(tokens: Sequence[Token], at: int, ctx: PeriodContext) -> Found | None:
    """(index after the last token used, reading) of the longest span that begins at token `at`, prepositions included."""
    if not may_begin(tokens, at):
        return None
    cur = Cursor(tokens, ctx)
    best: Found | None = None
    for start in dict.fromkeys([at, cur.skip(at, "in", "during", "for", "on", "over", "within", "of", "across", "in the")]):
        for rule in (_over, _grained, _ranged, _plain, _before_and_after):
            hit = rule(cur, start)
            if hit and (best is None or hit[0] > best[0]):
                best = hit
    return best


_LEADING = frozenset(
    ["in", "during", "for", "on", "over", "so", "total", "within", "of", "across", "the", "from", "by", "at", "as",
        "up", "to", "each", "every", "per", "a", "an", "all", "so", "before", "after", "and", "vs", "until", "till",
        "thru", "w", "m", "y", "q", "ahead", "going", "run", "leading", "ever", "prior", "around"])  # fmt: skip


_LEADING_ALONE = frozenset(["so", "ever", "w", "m", "y", "q", "up", "to", "all", "before"])


def _is_timely(text: str) -> bool:
    return text in GRAMMAR_WORDS or any(c.isdigit() for c in text)


def may_begin(tokens: Sequence[Token], at: int) -> bool:
    """A cheap look before the grammar is tried: digits, words of time, or a small word with one of those near."""
    text = tokens[at].text
    if _is_timely(text) or text in _ADVERBS:
        return True
    if text in _LEADING:
        near = tokens[at + 1 : at + 6]
        return text in _LEADING_ALONE or any(_is_timely(t.text) or t.text in ("we", "to", "so") for t in near)
    return text in _SHORT


_SHORT = frozenset(
    [
        "fy",
        "mid",
        "early",
        "late",
        "mom",
        "qoq",
        "wow",
        "yoy",
        "now",
        "recently",
        "lately",
        "since",
        "lq",
        "ntm",
        "right",
        "currently",
        "today",
        "these",
    ]
)


def read_period(text: str, ctx: PeriodContext) -> Reading | None:
    """A whole phrase, a comparison included; None when some of its words are not about time."""
    tokens = [respell(token) for token in tokenise(text) if token.is_word or token.text in ("&",)]
    cur = Cursor(tokens, ctx)
    found = find_period(tokens, 0, ctx) if tokens else None
    if found and found[0] == len(tokens):
        return found[1]
    if found and (other := _versus_tail(cur, *found)) and other[0] == len(tokens):
        return other[1]
    if not tokens or not (bare := bare_comparison(tokens, 0, ctx)) or bare[0] != len(tokens):
        return None
    return bare[1]


def _plain(cur: Cursor, at: int) -> Found | None:
    """One span with what may follow it: to date, so far."""
    if (
        (after := cur.phrase(at, "so far"))
        and (found := atom(cur, cur.skip(after, "in", "during", "for", "of")))
        and not found[1].ask
    ):
        return found[0], to_date(cur.ctx, found[1])
    hits = [hit for hit in (atom(cur, at), opened(cur, at)) if hit]
    if not hits:
        return None
    done, reading = max(hits, key=lambda hit: hit[0])
    if not reading.ask and reading.start != FIRST_DAY and (after := cur.phrase(done, "to date", "so far", "until now")):
        return after, to_date(cur.ctx, reading)
    return done, reading


def respell(token: Token) -> Token:
    """A word about time one letter off, put right."""
    if not token.text.isalpha() or token.text in TIME_WORDS or len(token.text) < 4:
        return token
    near = time_words().near(token.text)
    return replace(token, text=near[0]) if len(near) == 1 else token


@cache
def time_words() -> WordIndex:
    return WordIndex(TIME_WORDS)


# -- Ranges -----------------------------------------------------------------------------------------------------------


def _ranged(cur: Cursor, at: int) -> Found | None:
    """between A and B, from A to B, A through B, A-B, A and B (neighbours)."""
    between = cur.phrase(at, "between")
    start = between or cur.skip(at, "from")
    first = _end_point(cur, start)
    if first is None:
        return None
    after, left = first
    if between:
        joint = cur.phrase(after, "and", "&")
    else:
        joint = cur.phrase(after, "to", "through", "until", "till", "thru", "up to", "up to and including")
        if joint is None and cur.glue(after) in ("-",):
            joint = after
    if joint and (second := _end_point(cur, joint, left)):
        both = _joined(cur.ctx, left, second[1])
        series = left.unit == second[1].unit == "quarter" and left.end == second[1].start
        return second[0], replace(cut_at_today(cur.ctx, both), grain="quarter") if series else both
    return _listed(cur, start, after, left)


def _end_point(cur: Cursor, at: int, first: Reading | None = None) -> Found | None:
    """A date, month, quarter or year as one end of a range; today and now are allowed as the last."""
    found = atom(cur, at)
    if found is None or found[1].ask or found[1].start == FIRST_DAY or found[1].to_date:
        return None
    return found if found[1].moment is False or first is not None else None


def _joined(ctx: PeriodContext, left: Reading, right: Reading) -> Reading:
    """From the start of one to the end of the other; months that wrap over the year's end are the latest that is over."""
    note = left.note if left.note == right.note else ""
    if right.moment:
        return Reading(left.start, ctx.tomorrow, f"since {show(left.start)}", to_date=True)
    if right.end <= left.start and left.unit == right.unit == "month":
        left = a_month(ctx, left.start.month, right.start.year - (left.start.month > right.start.month))
        note = f"{left.label} to {right.label}"
    elif left.start < right.start and left.unit == "month" and right.start.year - left.start.year == 1 and (
            right.start.month > left.start.month) and "latest" in right.note:  # fmt: skip
        right = a_month(ctx, right.start.month, left.start.year)
    if right.unit == left.unit == "month" and left.start > ctx.today and not ctx.looks_ahead:
        left = a_month(ctx, left.start.month, left.start.year - 1)
    if left.start >= right.end:
        left, right, note = right, left, "taken in order of time"
    count = 1
    unit = left.unit if left.unit == right.unit and left.unit in ("month", "quarter", "week", "year") else None
    if unit and unit != "week":
        first, last = ctx.calendar.index_of(unit, left.start), ctx.calendar.index_of(unit, right.start)
        count = max(1, last - first + 1)
    return Reading(left.start, right.end, f"{left.label} to {right.label}", unit, count, note=note)


def _listed(cur: Cursor, start: int, after: int, left: Reading) -> Found | None:
    """A and B, A & B, aug/sep: neighbours become one span shown by unit; otherwise not a span."""
    joint = cur.phrase(after, "and", "&") or (after if cur.glue(after) == "/" and month_word(cur, after) else None)
    if joint is None or left.unit not in ("month", "quarter", "year") or left.count != 1:
        return None
    second = _end_point(cur, joint)
    if second is None or second[1].unit != left.unit or second[1].start != left.end:
        return None
    both = _joined(cur.ctx, left, second[1])
    grain = _GRAINS[left.unit]
    return second[0], replace(cut_at_today(cur.ctx, both), grain=grain, unit=left.unit, count=2)


# -- Series -----------------------------------------------------------------------------------------------------------


def _grained(cur: Cursor, at: int) -> Found | None:
    """each month this year, monthly this year, by quarter since 2025, month by month in 2026."""
    grain: Grain | None = None
    after = at
    if word := _ADVERBS.get(cur.text(at)):
        grain, after = word, at + 1
    elif start := cur.phrase(at, "each", "by", "every", "per"):
        unit = unit_word(cur, start)
        if unit and unit[1] in _GRAINS:
            grain, after = _GRAINS[unit[1]], unit[0]
    elif (unit := unit_word(cur, at)) and cur.phrase(unit[0], "by") and (again := unit_word(cur, unit[0] + 1)) and (
            again[1] == unit[1] and unit[1] in _GRAINS):  # fmt: skip
        grain, after = _GRAINS[unit[1]], again[0]
    if grain is None:
        return None
    body = cur.skip(after, "in", "of", "for", "during", "over", "across")
    found = _ranged(cur, body) or _plain(cur, body)
    if found is None or found[1].ask or found[1].moment:
        return None
    return found[0], replace(cut_at_today(cur.ctx, found[1]), grain=grain)


# -- Comparisons ------------------------------------------------------------------------------------------------------


def _over(cur: Cursor, at: int) -> Found | None:
    """MoM, QoQ, WoW: the last complete unit against the one before; YoY: this year against the same days of last year."""
    for unit, phrases in _OVER.items():
        if after := cur.phrase(at, *phrases):
            if unit == "year":
                return after, replace(_year_over_year(cur.ctx, None), growth=True)
            last = of_unit(cur.ctx, unit, cur.ctx.today, -1)  # type: ignore[arg-type]
            return after, replace(last, compare=unit_before(cur.ctx, last), growth=True)
    found = atom(cur, at)
    if found and (after := cur.phrase(found[0], *_OVER["year"])) and not found[1].ask:
        reading = cut_at_today(cur.ctx, found[1])
        return after, replace(reading, compare=year_before(cur.ctx, reading), growth=True)
    return None


def _year_over_year(ctx: PeriodContext, reading: Reading | None) -> Reading:
    whole = reading or of_unit(ctx, "year", ctx.today)
    other = year_before(ctx, cut_at_today(ctx, whole))
    return replace(whole, compare=other, note="like for like: the year to date against the same days of last year")


def _versus_tail(cur: Cursor, after: int, left: Reading) -> Found | None:
    joint = cur.phrase(after, *_VERSUS)
    if joint is None or left.ask:
        return None
    tail = comparison_after(cur.tokens, joint, cur.ctx, left)
    if tail is None:
        return None
    done, reading, other = tail
    if other.ask:
        return done, other
    return done, replace(reading, compare=other)


def comparison_after(
    tokens: Sequence[Token], at: int, ctx: PeriodContext, reading: Reading
) -> tuple[int, Reading, Reading] | None:
    """What stands after "vs" for a given span: (after, the span cut to be alike, the other span).

    "the one before", "the 30 days before", "prior period" and "the same time last year" depend on the span.
    """
    cur = Cursor(tokens, ctx)
    start = cur.skip(at, "the")
    same = cut_at_today(ctx, reading)
    if done := cur.phrase(start, "same time last year", "same period last year", "this time last year", "a year ago",
                          "year ago", "same days last year", "same period a year ago", "year before", "year earlier",
                          "a year earlier", "same time a year ago", "same period of last year",
                          "same period the year before", "pytd", "prior year period", "same month last year",
                          "same quarter last year", "same week last year", "same quarter a year ago",
                          "same month a year ago", "same month of last year", "same quarter of last year"):  # fmt: skip
        return done, same, year_before(ctx, same)
    if (done := cur.phrase(start, "last year", "prior year", "previous year", "ly", "py")) and reading.unit != "year":
        return done, same, year_before(ctx, same)
    if done := cur.phrase(start, "prior period", "previous period", "period before", "preceding period", "last period",
                          "before", "one before", "prior one", "previous one"):  # fmt: skip
        return done, same, unit_before(ctx, same)
    if done := _same_length_before(cur, start, reading):
        said = unit_word(cur, cur.skip(start, "previous", "prior", "preceding"))
        if said and said[1] not in ("day", reading.unit) and reading.unit is not None and reading.start != FIRST_DAY:
            return done, same, replace(same, ask=f"The {said[1]} before what? The days are {reading.label}.")
        return done, same, unit_before(ctx, same)
    found = _ranged(cur, cur.skip(at, "in", "for", "during")) or _plain(cur, cur.skip(at, "in", "for", "during"))
    if found is None:
        return None
    done, other = found
    if other.ask:
        return done, same, other
    if cur.phrase(done, "last year") and other.unit != "year":
        done, other = done + 2, year_before(ctx, reading)
    cut, alike = like_for_like(ctx, reading, other)
    return done, cut, alike


def _same_length_before(cur: Cursor, at: int, reading: Reading) -> int | None:
    """the week before, the 30 days before, previous 30 days, the 12 before, prior TTM."""
    after = cur.skip(at, "previous", "prior", "preceding")
    number = cur.number(after)
    body = number[0] if number else after
    unit = unit_word(cur, body)
    body = unit[0] if unit else body
    if (number or unit) and (done := cur.phrase(body, "before", "before that", "earlier", "prior")):
        return done
    if after > at:
        if cur.text(after) in ("ttm", "ltm"):
            return after + 1
        if number and unit and reading.unit == unit[1] and number[1] == max(reading.count, reading.days if (
                unit[1] == "day") else 1):  # fmt: skip
            return body
    return None


def bare_comparison(tokens: Sequence[Token], at: int, ctx: PeriodContext) -> Found | None:
    """ "vs last month" with no span before it: the unit under way against it, like for like."""
    cur = Cursor(tokens, ctx)
    if cur.text(at) == "pytd":
        now = to_date(ctx, of_unit(ctx, "year", ctx.today))
        return at + 1, replace(now, compare=year_before(ctx, now))
    if before_and_after := _before_and_after(cur, at):
        return before_and_after
    start = cur.phrase(at, *_VERSUS)
    if start is None:
        return None
    if done := cur.phrase(start, "last year", "the last year", "prior year", "a year ago", "the year before"):
        return done, _year_over_year(ctx, None)
    left = _default_left(cur, cur.skip(start, "the"))
    found = comparison_after(tokens, start, ctx, left)
    if found is None:
        return None
    done, reading, other = found
    return done, other if other.ask else replace(reading, compare=other)


def _default_left(cur: Cursor, at: int) -> Reading:
    """vs last month → this month; vs the week before → last week; vs previous 30 days, prior period → last 30 days."""
    ctx = cur.ctx
    after = cur.skip(at, "previous", "prior", "last")
    unit = unit_word(cur, after)
    if unit and cur.phrase(unit[0], "before"):
        return of_unit(ctx, unit[1], ctx.today, -1)
    if unit and after > at and unit[1] != "day":
        return of_unit(ctx, unit[1], ctx.today)
    if (number := cur.number(after)) and (counted := unit_word(cur, number[0])):
        return complete(ctx, counted[1], number[1])
    if cur.text(after) in ("period",):
        return complete(ctx, "day", 30)
    return of_unit(ctx, "month", ctx.today)


def _before_and_after(cur: Cursor, at: int) -> Found | None:
    start = cur.phrase(at, "before and after")
    if start is None:
        return None
    found = atom(cur, start)
    if found and not found[1].ask:
        done, reading = found
        length = min(timedelta(days=90), cur.ctx.tomorrow - reading.start)
        after = Reading(reading.start, reading.start + length, f"after {show(reading.start)}")
        return done, replace(after, compare=Reading(reading.start - length, reading.start, f"before {show(reading.start)}"))
    end = start
    while cur.text(end) not in ("", ",", ";", "by", "per"):
        end += 1
    words = " ".join(token.raw for token in cur.tokens[start:end])
    return end, unclear(f"I do not know when “{words}” was. Give me its date.")
